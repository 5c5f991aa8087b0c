#!/usr/bin/python
"""Ansible module that decides by Prometheus' figures whether a release may go on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.promql import FAIL, NO_DATA, PASS, Check, Finding, Prometheus, QueryError, Sample
from ansible.module_utils.promql_doubts import Doubts
from ansible.module_utils.promql_judge import judge
from ansible.module_utils.promql_told import blind_lines, failed_lines, passed_lines

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
module: promql_gate
short_description: Decide by Prometheus' figures whether a release may go on
description:
  - Asks Prometheus each check's query and compares its worst series with the check's limits.
  - One check that fails decides at once, or when it has failed for C(lasting) seconds. No data never passes; it is
    asked for again until O(patience) is over, and so is a Prometheus that doesn't answer.
  - Runs on a monitoring host. Changes nothing.
options:
  url:
    description: Where Prometheus listens.
    type: str
    default: http://127.0.0.1:9090
  checks:
    description:
      - What to ask. C($since) in a query stands for O(since), C($warm) for O(warm_up) after
        O(calm_since), C($began) for when the gate began.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What is checked, for people, such as C(error ratio of 1.4.0).
        type: str
        required: true
      query:
        description: An instant query. Of several series the worst counts, and its labels are named.
        type: str
        required: true
      most:
        description: A value above it fails.
        type: float
      least:
        description: A value below it fails.
        type: float
      unit:
        description: The value's unit, for people. C(ratio) is written in percent, C(bytes) in MiB.
        type: str
        default: ''
      enough:
        description: A query, and the least that its largest series must be before the check counts; its C(unit).
        type: dict
      optional:
        description: Whether a check without data passes.
        type: bool
        default: false
      recently:
        description: The O(checks[].query) over less time. A series that fails counts as it finds it, if that is better.
        type: str
      against:
        description:
          - What the O(checks[].query) is compared with, series by series; the check's limits are for how many times it
            that is. A C(query), asked once; C(difference), from which on they count as different; its C(name) and
            C(unit), for people.
        type: dict
      lasting:
        description:
          - Seconds for which the check must fail, round after round, before it counts. The gate doesn't end before that
            is decided.
        type: float
        default: 0
      beside:
        description: A C(name) and a C(query), which is asked when the check fails, for comparison.
        type: dict
  watch:
    description: Seconds to go on asking. 0 ends with the first round in which every check has data.
    type: float
    default: 0
  patience:
    description: Seconds for which a check may be without data before the gate fails.
    type: float
    default: 60
  every:
    description: Seconds between two rounds.
    type: float
    default: 5
  since:
    description: When the lanes moved, in seconds since the epoch. Now unless given, and where a clock is ahead of ours.
    type: float
  calm_since:
    description:
      - When the release last did what keeps its hosts busy, such as starting the worker, in seconds since the epoch.
        O(since) unless given or earlier.
    type: float
  warm_up:
    description: Seconds after O(calm_since) that C($warm) stands for.
    type: float
    default: 0
  abort_file:
    description: A file that ends the gate as soon as it exists, as a failure with the file's text.
    type: path
attributes:
  check_mode:
    support: full
    description: Asks once and says what it would decide; never fails.
"""

EXAMPLES = r"""
- name: Watch the errors of green for five minutes
  promql_gate:
    checks:
      - name: error ratio of 1.4.0
        query: max(job_slot:http_errors:ratio_rate1m{slot="green"})
        most: 0.01
        unit: ratio
        enough: {query: 'sum(increase(http_requests_total{slot="green"}[1m]))', least: 20, unit: requests}
    watch: 300
"""

RETURN = r"""
verdict:
  description: V(pass), V(fail) or V(no_data). The task fails unless it is V(pass).
  returned: always
  type: str
checks:
  description: What came of each check in the last round.
  returned: always
  type: list
  elements: dict
  sample: [{name: error ratio of 1.4.0, value: 0.02, limit: 0.01, unit: ratio, verdict: fail, labels: {slot: green}}]
seconds:
  description: How long it took to decide.
  returned: always
  type: float
msg:
  description: The decision in a few lines for people.
  returned: always
  type: str
"""

_GLANCE = 0.25  # seconds between two looks at the abort file


def result(verdict: str, findings: list[Finding], seconds: float, lines: list[str]) -> dict[str, Any]:
    """Return the module's result."""
    told = [
        {key: getattr(finding, key) for key in ("name", "value", "limit", "unit", "verdict", "why")}
        | {"labels": dict(finding.labels)}
        for finding in findings
    ]
    return {"changed": False, "verdict": verdict, "checks": told, "seconds": round(seconds, 1), "msg": "\n".join(lines)}


def worst(findings: list[Finding]) -> str:
    """Return the verdict of a round."""
    order = [PASS, NO_DATA, FAIL]
    return str(max((finding.verdict for finding in findings), key=order.index, default=PASS))


class Gate:
    """The rounds of one gate."""

    def __init__(self, wish: dict[str, Any]) -> None:
        """Take the module's options; nothing is asked yet."""
        now = time.time()
        since = min(wish["since"] or now, now)
        warm = max(since, min(wish["calm_since"] or since, now)) + wish["warm_up"]
        moments = {"$since": f"{since:.3f}", "$warm": f"{warm:.3f}", "$began": f"{now:.3f}"}
        self._wish = wish
        self._checks = [Check(**filled(check, moments)) for check in wish["checks"]]
        self._prometheus = Prometheus(wish["url"])
        self._began = time.monotonic()
        self._last_seen: dict[str, float] = {}
        self._doubts = Doubts(self._checks)
        self._compared: dict[str, list[Sample]] = {}

    def decide(self, *, once: bool) -> dict[str, Any]:
        """Ask round after round until there is a verdict; with `once` that of the first round.

        Raises QueryError for a query that Prometheus can't read.
        """
        while True:
            if self._aborted() is not None:
                return self._told(FAIL, [])
            ask = self._round()
            findings = [judge(check, ask) for check in self._checks]
            doubted = self._doubts.about(findings)
            failed = any(finding.verdict == FAIL and finding.name not in doubted for finding in findings)
            if once or failed or (not doubted and self._is_over(findings)):
                return self._told(worst(findings), findings)
            self._wait()

    def _round(self) -> Callable[[str], list[Sample]]:
        """Return what asks Prometheus, each query once in a round, and once at all what others are compared with."""
        lasting = {check.against["query"] for check in self._checks if check.against}
        answers: dict[str, list[Sample]] = {}

        def ask(query: str) -> list[Sample]:
            known = self._compared if query in lasting else answers
            if not known.get(query):
                known[query] = self._prometheus.samples(query)
            return known[query]

        return ask

    def _is_over(self, findings: list[Finding]) -> bool:
        """Whether a round without failure is the last: all have data and were watched, or one had none for too long."""
        now = time.monotonic()
        blind = [finding.name for finding in findings if finding.verdict == NO_DATA]
        self._last_seen |= {finding.name: now for finding in findings if finding.name not in blind}
        if blind:
            return any(now - self._last_seen.get(name, self._began) >= self._wish["patience"] for name in blind)
        return bool(now - self._began >= self._wish["watch"])

    def _wait(self) -> None:
        """Wait for the next round, or until the abort file exists."""
        until = time.monotonic() + self._wish["every"]
        while (left := until - time.monotonic()) > 0 and self._aborted() is None:
            time.sleep(min(left, _GLANCE))

    def _aborted(self) -> str | None:
        """Return the abort file's text, None while there is none."""
        try:
            path = self._wish["abort_file"]
            return Path(path).read_text(encoding="utf-8").strip() if path else None
        except FileNotFoundError:
            return None

    def _told(self, verdict: str, findings: list[Finding]) -> dict[str, Any]:
        seconds = time.monotonic() - self._began
        if verdict == FAIL and not findings:
            lines = [f"The gate failed after {seconds:.0f} s, because the probe did:", self._aborted() or "no reason"]
        elif verdict == FAIL:
            lines = failed_lines(findings, seconds)
        elif verdict == NO_DATA:
            lines = blind_lines(findings, seconds, self._prometheus.url)
        else:
            lines = passed_lines(findings, seconds)
        return result(verdict, findings, seconds, lines)


def filled(check: dict[str, Any], moments: dict[str, str]) -> dict[str, Any]:
    """Return a check with the moments in place of their names."""

    def query(text: str) -> str:
        for name, moment in moments.items():
            text = text.replace(name, moment)
        return text

    parts = {
        key: {**check[key], "query": query(check[key]["query"])}
        for key in ("enough", "beside", "against")
        if check[key]
    }
    queries = {key: query(check[key]) for key in ("query", "recently") if check[key]}
    return check | parts | queries


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    try:
        return Gate(module.params).decide(once=module.check_mode)
    except QueryError as error:
        return result(NO_DATA, [], 0, ["The gate can't be asked:", str(error)])


def main() -> None:
    """Run as an Ansible module."""
    check = {
        "name": {"type": "str", "required": True},
        "query": {"type": "str", "required": True},
        "most": {"type": "float"},
        "least": {"type": "float"},
        "unit": {"type": "str", "default": ""},
        "enough": {"type": "dict"},
        "optional": {"type": "bool", "default": False},
        "recently": {"type": "str"},
        "against": {"type": "dict"},
        "lasting": {"type": "float", "default": 0},
        "beside": {"type": "dict"},
    }
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:9090"},
            "checks": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": check,
                "required_one_of": [("most", "least")],
            },
            "watch": {"type": "float", "default": 0},
            "patience": {"type": "float", "default": 60},
            "every": {"type": "float", "default": 5},
            "since": {"type": "float"},
            "calm_since": {"type": "float"},
            "warm_up": {"type": "float", "default": 0},
            "abort_file": {"type": "path"},
        },
        supports_check_mode=True,
    )
    decided = run(module)
    if decided["verdict"] == PASS or module.check_mode:
        module.exit_json(**decided)
    module.fail_json(**decided)


if __name__ == "__main__":
    main()

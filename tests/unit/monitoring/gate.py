"""The gate's checks as a release would ask them, and promtool to ask them of made-up series."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import jinja2
import yaml

from monitoring import thresholds
from tests.contract.tree import ROOT
from tests.promtool import promtool

STEP = 5  # seconds between two reads of a slot
MOVED = 600  # when the lanes moved
NEW, OLD = {"slot": "green", "release": "1.4.0"}, {"slot": "blue", "release": "1.3.2"}


def checks(
    *, old: dict[str, str] | None = OLD, baking: bool = True, watch: int = 300, **gate: float
) -> list[dict[str, Any]]:
    """Return the checks of a release that has an old slot to compare with, unless it is the first."""
    numbers = {name: number.value for name, number in thresholds.read_gate().items()} | gate
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "monitoring/gate"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 these are queries, not pages
    )
    engine.filters["to_json"] = json.dumps
    text = engine.get_template("checks.yml.j2").render(
        app_name="mailroom",
        app_worker_command="mailroom worker",
        gate=numbers,
        gate_new=NEW,
        gate_old=old or {},
        gate_baking=baking,
        gate_watch=watch,
    )
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def asked(check: dict[str, Any]) -> str:
    """Return the query that finds 1 where the check fails the release, 0 where it doesn't."""
    query, recently = (compared(check, check.get(key)) for key in ("query", "recently"))
    bad = [f"({query}) > {check['most']}"] if "most" in check else []
    bad += [f"({query}) < {check['least']}"] if "least" in check else []
    well_again = f" unless (({recently}) <= {check['most']})" if recently else ""
    failing = f"(count({bad[0]}{well_again}) > bool 0 or vector(0))"
    if check.get("enough"):
        enough = check["enough"]
        failing += f" * (max({enough['query']}) >= bool {enough['least']} or vector(0))"
    return failing.replace("$since", str(MOVED)).replace("$warm", str(MOVED + 5)).replace("$began", str(MOVED + 5))


def compared(check: dict[str, Any], query: str | None) -> str | None:
    """Return a check's query as the module compares what it finds with what the check is against."""
    against = check.get("against")
    if not (query and against):
        return query
    new, old = f"({query})", f"({against['query']})"
    return f"{new} / {old} * ({new} - {old} > bool {against['difference']})"


@dataclass(frozen=True)
class Story:
    """Series as they were read every STEP seconds, and what the gate thinks of them at some time."""

    name: str
    series: dict[str, str]
    at: int
    fails: set[str]

    def test(self, all_checks: list[dict[str, Any]]) -> dict[str, Any]:
        """Return promtool's test that only the checks named in `fails` (by their beginning) fail."""
        expected = {
            asked(check): int(any(check["name"].startswith(name) for name in self.fails)) for check in all_checks
        }
        return {
            "name": self.name,
            "interval": f"{STEP}s",
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "promql_expr_test": [
                {"expr": query, "eval_time": f"{self.at}s", "exp_samples": [{"labels": "{}", "value": value}]}
                for query, value in expected.items()
            ],
        }


def told(tests: list[dict[str, Any]]) -> str:
    """Return what promtool says against the tests; nothing when they hold."""
    text = yaml.safe_dump({"evaluation_interval": f"{STEP}s", "tests": tests}, width=1000)
    code, said = promtool("test", "rules", "/dev/stdin", told=text)
    return "" if code == 0 else said

"""The one question that `make status` asks Prometheus, answered by promtool."""

from __future__ import annotations

import math
from typing import Any

import yaml

from tests.promtool import promtool
from tools.ask import ROOT

PLAY = yaml.safe_load((ROOT / "playbooks/status.yml").read_text(encoding="utf-8"))[0]
SERIES = {
    'up{job="node",instance="app-1"}': "1",
    'up{job="node",instance="db-1"}': "0",
    'up{job="mailroom-web",instance="app-1",slot="blue"}': "1",
    'slo:budget_left:ratio30d{slo="mailroom-latency",app="mailroom",kind="latency"}': "0.75",
    'probe_ssl_earliest_cert_expiry{job="probe",instance="edge-1",url="https://10.0.0.1/"}': "864000",
}
FOUND = [
    {"labels": 'up{figure="host",job="node",instance="app-1"}', "value": 1},
    {"labels": 'up{figure="host",job="node",instance="db-1"}', "value": 0},
    {
        "labels": 'slo:budget_left:ratio30d{figure="budget",slo="mailroom-latency",app="mailroom",kind="latency"}',
        "value": 0.75,
    },
    {"labels": '{figure="certificate",job="probe",instance="edge-1",url="https://10.0.0.1/"}', "value": 10},
]


def asked(series: dict[str, str], found: list[dict[str, Any]], when: str = "0s") -> tuple[int, str]:
    """Ask promtool whether the question finds this in these series."""
    check = {"expr": PLAY["vars"]["status_figures"], "eval_time": when, "exp_samples": found}
    inputs = [{"series": name, "values": value} for name, value in series.items()]
    wish = {"tests": [{"interval": "15s", "input_series": inputs, "promql_expr_test": [check]}]}
    return promtool("test", "rules", "/dev/stdin", told=yaml.safe_dump(wish))


def test_hosts_budgets_and_certificates_come_in_one_answer() -> None:
    code, said = asked(SERIES, FOUND)

    assert code == 0, said


def test_what_is_not_measured_is_not_in_it() -> None:
    without = {name: value for name, value in SERIES.items() if "budget" not in name}
    code, said = asked(without, [one for one in FOUND if "budget" not in str(one["labels"])])

    assert code == 0, said


def test_a_backup_is_as_old_as_its_last_success_and_one_that_was_never_made_infinitely() -> None:
    name = "slipway_backup_last_success_timestamp_seconds"
    labels = '{{{}job="node",instance="db-1",backup="{}"}}'
    series = {name + labels.format("", "mailroom"): "60x9", name + labels.format("", "files"): "0x9"}
    found = [
        {"labels": labels.format('figure="backup",', "mailroom"), "value": 60},
        {"labels": labels.format('figure="backup",', "files"), "value": math.inf},
    ]
    code, said = asked(series, found, "2m")

    assert code == 0, said

"""Rules, thresholds, promtool's tests, runbooks and dashboards belong together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitoring import thresholds
from tests.contract.tree import ROOT, matching
from tools.role_specs import read_yaml

SEVERITIES = {"page", "ticket", "info"}
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
# The order in which somebody who was woken up goes through them.
TRIAGE = ["recording", "availability", "saturation", "errors and latency", "capacity", "watchers", "information"]


def groups() -> list[dict[str, Any]]:
    return [group for path in matching("monitoring/rules/*.yml") for group in read_yaml(ROOT / path)["groups"]]


RULES = [rule for group in groups() for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
CHECKS = [
    check
    for path in matching("monitoring/tests/*.yml")
    for test in read_yaml(ROOT / path)["tests"]
    for check in test["promql_expr_test"]
]
DASHBOARDS = {path.stem for path in matching("monitoring/dashboards/generated/*.json")}

each_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=list(ALERTS))


def sections(text: str) -> dict[str, str]:
    """Return a runbook's sections by heading, without the space around them."""
    parts = re.split(r"(?m)^## (.+)\n", text)[1:]
    return {heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)}


def test_rule_files_come_in_the_order_of_triage() -> None:
    assert [group["name"] for group in groups()] == TRIAGE


def test_no_alert_is_declared_twice() -> None:
    assert len(ALERTS) == sum("alert" in rule for rule in RULES)


@each_alert
def test_an_alert_says_how_urgent_it_is_and_what_it_is_about(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["labels"]["component"]


@each_alert
def test_its_summary_has_the_number_in_it(alert: dict[str, Any]) -> None:
    summary = alert["annotations"]["summary"]

    assert "$value" in summary or re.search(r"\b\d", summary)


@each_alert
def test_its_description_says_why_it_matters_and_what_to_do_first(alert: dict[str, Any]) -> None:
    assert len(re.findall(r"[.;:]", alert["annotations"]["description"])) >= 2


@each_alert
def test_it_links_to_a_dashboard_that_is_there(alert: dict[str, Any]) -> None:
    link = re.fullmatch(r"/grafana/d/([\w-]+)(\?.*)?", alert["annotations"]["dashboard"])

    assert link
    assert link[1] in DASHBOARDS


@each_alert
def test_it_has_a_runbook_with_something_in_every_section(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
    text = (ROOT / "docs/runbooks" / f"{name}.md").read_text(encoding="utf-8")
    found = sections(text)

    assert text.startswith(f"# {name}\n")
    assert list(found) == SECTIONS
    assert [heading for heading, body in found.items() if len(body) < 20] == []


@each_alert
def test_its_runbook_has_a_command_for_the_diagnosis(alert: dict[str, Any]) -> None:
    text = (ROOT / alert["annotations"]["runbook_url"]).read_text(encoding="utf-8")

    assert re.search(r"```sh\n.+\n```", sections(text)["Diagnosis"], re.DOTALL)


@each_alert
def test_it_was_seen_to_fire(alert: dict[str, Any]) -> None:
    asked = f'alertname="{alert["alert"]}"'

    assert [check for check in CHECKS if asked in check["expr"] and check["exp_samples"]]


@each_alert
def test_it_was_seen_to_stay_quiet(alert: dict[str, Any]) -> None:
    if alert["alert"] == "Watchdog":
        pytest.skip("it fires always, which is what it is for")
    asked = f'alertname="{alert["alert"]}"'

    assert [check for check in CHECKS if asked in check["expr"] and not check["exp_samples"]]


@pytest.mark.parametrize("record", [rule["record"] for rule in RULES if "record" in rule])
def test_every_recorded_series_is_used(record: str) -> None:
    boards = [ROOT / path for path in matching("monitoring/dashboards/generated/*.json")]
    asked = " ".join(board.read_text(encoding="utf-8") for board in boards)

    assert record in asked + json.dumps([alert["expr"] for alert in ALERTS.values()])


@pytest.mark.parametrize("name", thresholds.read())
def test_every_threshold_is_used_in_a_rule(name: str) -> None:
    sources = [(ROOT / path).read_text(encoding="utf-8") for path in matching("monitoring/rules/src/*.j2")]

    assert any(re.search(rf"<< {name}( \| \w+)? >>", source) for source in sources)


@each_alert
def test_the_number_that_it_compares_with_is_a_threshold(alert: dict[str, Any]) -> None:
    sources = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in matching("monitoring/rules/src/*.j2"))
    _, _, rest = sources.partition(f"- alert: {alert['alert']}\n")
    source = rest.partition("- alert: ")[0].partition("labels:")[0]
    # What is up or down, or will be below nothing, is no threshold: it is what the metric means.
    compared = re.findall(r"[<>=]=? (?:bool )?([\d.]+)", source)

    assert set(compared) <= {"0", "1"}


def test_no_runbook_is_left_over() -> None:
    pages = {path.stem for path in matching("docs/runbooks/*.md")} - {"README"}

    assert pages == set(ALERTS)


@pytest.mark.parametrize("page", matching("docs/runbooks/*.md"), ids=lambda page: page.stem)
def test_a_runbook_links_to_pages_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text(encoding="utf-8"))

    assert [link for link in links if not (ROOT / page.parent / link).is_file()] == []

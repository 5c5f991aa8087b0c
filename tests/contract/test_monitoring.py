"""Rules, thresholds, promtool's tests, runbooks and dashboards belong together."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitoring import thresholds
from monitoring.slo import declared, recipe
from monitoring.slo.kinds import KINDS
from tests.contract.tree import ROOT, matching
from tools.role_specs import read_yaml

SEVERITIES = {"page", "ticket", "info"}
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
# The order in which somebody who was woken up goes through them.
TRIAGE = [
    *("recording", "availability", "saturation", "saturation of services", "errors and latency", "errors of databases"),
    *("capacity", "watchers", "information"),
]


def groups(pattern: str = "monitoring/rules/*.yml") -> list[dict[str, Any]]:
    return [group for path in matching(pattern) for group in read_yaml(ROOT / path)["groups"]]


OF_OBJECTIVES = [rule for group in groups("monitoring/rules/slo/*.yml") for rule in group["rules"]]
HAND_MADE = [rule for group in groups() for rule in group["rules"]]
RULES = HAND_MADE + OF_OBJECTIVES
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
DASHBOARDS = {path.stem for path in matching("monitoring/dashboards/generated/*.json")}

each_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=list(ALERTS))


def sections(text: str) -> dict[str, str]:
    """Return a runbook's sections by heading, without the space around them."""
    parts = re.split(r"(?m)^## (.+)\n", text)[1:]
    return {heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)}


def test_rule_files_come_in_the_order_of_triage() -> None:
    assert [group["name"] for group in groups()] == TRIAGE


def test_no_alert_is_declared_twice() -> None:
    by_hand = [rule["alert"] for rule in HAND_MADE if "alert" in rule]

    assert len(set(by_hand)) == len(by_hand)
    # Each environment has those of its objectives.
    for path in matching("monitoring/rules/slo/*.yml"):
        made = [rule["alert"] for group in groups(str(path)) for rule in group["rules"] if "alert" in rule]
        assert len({*made, *by_hand}) == len(made) + len(by_hand)


@pytest.mark.parametrize("environment", sorted({path.parts[1] for path in matching("inventories/**/*")}))
def test_every_environment_declares_its_objectives(environment: str) -> None:
    assert matching(f"monitoring/slo/{environment}.yml"), (
        f"write monitoring/slo/{environment}.yml: docs/slo.md says how"
    )


def test_every_alert_that_an_objective_can_have_is_in_an_environment() -> None:
    named = {name for kind in KINDS.values() for name in (kind.page, kind.ticket) if name}

    assert named <= {rule["alert"] for rule in OF_OBJECTIVES if "alert" in rule}


def test_mailrooms_histogram_has_the_bounds_that_its_objectives_ask_for() -> None:
    tree = ast.parse((ROOT / "app/src/mailroom/metrics.py").read_text(encoding="utf-8"))
    values = {ast.unparse(node.targets[0]): node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)}
    bounds = ast.literal_eval(values["_HTTP_BUCKETS"])
    slos = [slo for path in declared.FOLDER.glob("*.yml") for slo in declared.read(path)]

    assert [
        slo for slo in slos if slo.app == "mailroom" and slo.kind.name == "latency" and slo.within not in bounds
    ] == []


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
def test_what_its_link_chooses_can_be_chosen_there(alert: dict[str, Any]) -> None:
    board, _, query = alert["annotations"]["dashboard"].removeprefix("/grafana/d/").partition("?")
    text = (ROOT / f"monitoring/dashboards/generated/{board}.json").read_text(encoding="utf-8")
    variables = {variable["name"] for variable in json.loads(text)["templating"]["list"]}

    assert set(re.findall(r"var-(\w+)=", query)) <= variables


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


@pytest.mark.parametrize("record", sorted({rule["record"] for rule in RULES if "record" in rule}))
def test_every_recorded_series_is_used(record: str) -> None:
    boards = [ROOT / path for path in matching("monitoring/dashboards/generated/*.json")]
    asked = " ".join(board.read_text(encoding="utf-8") for board in boards)

    assert record in asked + json.dumps([rule["expr"] for rule in RULES])


@pytest.mark.parametrize("record", sorted({rule["record"] for rule in OF_OBJECTIVES if "record" in rule}))
def test_what_objectives_record_is_described(record: str) -> None:
    page = (ROOT / "docs/slo.md").read_text(encoding="utf-8")
    base, _, window = record.rpartition(":")

    # Names that differ in their window stand in one row: the first in full, of the others the window.
    assert f"`{record}`" in page or (f"`{base}:" in page and f"`{window.removeprefix('count')}`" in page)


@pytest.mark.parametrize("name", thresholds.read())
def test_every_threshold_is_used_in_a_rule(name: str) -> None:
    sources = [(ROOT / path).read_text(encoding="utf-8") for path in matching("monitoring/rules/src/*.j2")]

    assert any(re.search(rf"<< {name}( \| \w+)? >>", source) for source in sources)


@each_alert
def test_the_number_that_it_compares_with_is_a_threshold(alert: dict[str, Any]) -> None:
    if alert in OF_OBJECTIVES:
        rates = {f"{pair.rate:g}" for pairs in recipe.PAIRS.values() for pair in pairs}
        assert set(re.findall(r"[<>=]=? ([\d.]+)", alert["expr"])) <= {*rates, "0"}
        return
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


def test_what_pages_for_want_of_a_first_release_does_not_keep_it_back() -> None:
    text = (ROOT / "roles/app/tasks/release/alerts.yml").read_text(encoding="utf-8")
    found = re.search(r"'none' if app_slots\.live else '([\w|]+)'", text)

    assert found
    assert set(found[1].split("|")) <= {name for name, alert in ALERTS.items() if alert["labels"]["severity"] == "page"}

"""amtool takes every variant's configuration, and sends each alert where its severity and its team say."""

from __future__ import annotations

import shlex

import pytest

from tests.amtool import amtool
from tests.contract.test_monitoring import ALERTS
from tests.templates.alertmanager import TEMPLATE, VARIANTS, text
from tests.templates.by_ansible import rendered

SEVERITIES = ("page", "ticket", "info")
LABELS: dict[str, str] = {
    **{f"severity={severity}": severity for severity in SEVERITIES},
    "severity=unheard-of": "ticket",
    "alertname=Anything": "ticket",
    "alertname=Watchdog severity=info": "watchdog",
    "alertname=Watchdog severity=info team=payments": "watchdog",
    "alertname=SlotReleasing severity=info": "nobody",
    **{f"severity={severity} team=nobodys": severity for severity in SEVERITIES},
}
# Every alert that there is, asked of one variant: what others add is by severity and team.
EVERY = {
    f"alertname={name} severity={alert['labels']['severity']}": alert["labels"]["severity"]
    for name, alert in ALERTS.items()
    if name not in {"Watchdog", "SlotReleasing"}
}
TEAMS = {
    "severity=page team=payments": "payments-page",
    "severity=ticket team=payments": "payments-ticket",
    "severity=info team=payments": "info",
    "severity=page team=growth": "page",
    "severity=ticket team=growth": "ticket",
    "severity=info team=growth": "growth-info",
    "severity=unheard-of team=payments": "ticket",
}
MORE = {"a webhook": EVERY, "teams": TEAMS}


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, str]]:
    """Return, by variant, what amtool says of each set of labels, and of the whole file as `check`."""
    files, script = {"notice.tmpl": rendered("alertmanager", TEMPLATE, alertmanager_receivers=[])}, ""
    for number, variant in enumerate(VARIANTS):
        # The template lies beside it here, not where a host has it.
        files[f"{number}.yml"] = text(variant).replace("/etc/prometheus/alertmanager.tmpl", "notice.tmpl")
        check = f"amtool check-config {number}.yml >said 2>&1 && echo taken || cat said"
        script += f'printf "%s\\t" {shlex.quote(variant)} check; ({check}) | tr "\\n" " "; echo\n'
        asked = f"amtool config routes test --config.file={number}.yml"
        for labels in {**LABELS, **MORE.get(variant, {})}:
            script += f'printf "%s\\t" {shlex.quote(variant)} {shlex.quote(labels)}; {asked} {labels} 2>/dev/null\n'
    answers: dict[str, dict[str, str]] = {variant: {} for variant in VARIANTS}
    for line in amtool(files, f"{script}true\n").splitlines():
        variant, labels, answer = line.split("\t")
        answers[variant][labels] = answer.strip()
    return answers


@pytest.mark.parametrize("variant", VARIANTS)
def test_amtool_takes_the_configuration(said: dict[str, dict[str, str]], variant: str) -> None:
    assert said[variant]["check"] == "taken"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_alert_goes_where_its_severity_and_its_team_say(said: dict[str, dict[str, str]], variant: str) -> None:
    routed = {labels: receiver for labels, receiver in said[variant].items() if labels != "check"}

    assert routed == {**LABELS, **MORE.get(variant, {})}

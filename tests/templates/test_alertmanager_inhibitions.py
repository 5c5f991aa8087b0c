"""Who is held back by whom: the rendered rules, on the labels that alerts were seen with in promtool's tests."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.contract.promtool_cases import cases
from tests.contract.test_monitoring import ALERTS
from tests.templates.alertmanager import configuration
from tests.templates.by_ansible import wired
from tests.templates.inhibition import inhibits

CHECKS = [check for case in cases() for check in case.checks]
RULES = configuration("a webhook")["inhibit_rules"]
RELABEL = wired("monitoring.yml", "prometheus_alert_labels", app_applications=[])
BESIDE = {"instance": "app-2"}
BURNING_PAGE, BURNING_TICKET = "ErrorBudgetBurnsFast", "ErrorBudgetBurns"
EDGE = {"instance": "edge-1"}
GREEN = {"name": "mailroom-web@green.service", "app": "", "slot": ""}
BLUE = {**GREEN, "name": "mailroom-web@blue.service"}
RESTARTING = {"instance": "app-1", "job": "node", **GREEN}

Alert = str | dict[str, str] | tuple[str, dict[str, str]]

HELD_BACK: dict[str, tuple[Alert, Alert]] = {
    "all that is wrong with a host that is down": (("HostDown", BESIDE), ("PostgresqlDown", BESIDE)),
    "a slow failure of what pages": ("PostgresqlDown", "PostgresqlConnectionsHigh"),
    "the ticket on a disk that is full": (("DiskFull", {"mountpoint": "/"}), ("DiskFilling", {"mountpoint": "/"})),
    "a budget's ticket, where it pages": (BURNING_PAGE, BURNING_TICKET),
    "lanes on nothing, where nothing runs": ("ServiceDown", "NoSlotActive"),
    "the probe, where the service is down": ("ServiceDown", "ProbeFailed"),
    "the probe, where nginx is down before it": (("NginxDown", EDGE), ("ProbeFailed", EDGE)),
    "errors of a service that is down": ("ServiceDown", "ExceptionsRaised"),
    "burn rates of a service that is down": ("ServiceDown", BURNING_PAGE),
    "burn rates where lanes lead nowhere": ("NoSlotActive", BURNING_PAGE),
    "errors without a database": ("PostgresqlDown", "ExceptionsRaised"),
    "a worker without a database": ("PostgresqlDown", "WorkerDown"),
    "the queue, where nobody works": ("WorkerDown", "QueueBudgetBurnsFast"),
    "the queue, where mail isn't taken": ("DeliveriesFailing", "QueueBudgetBurnsFast"),
    "limits that aren't shared, without Redis": ("RedisDown", ("LimitsDegraded", BESIDE)),
    "no traffic, where nginx is down": ("NginxDown", "NoTraffic"),
    "no traffic, where the probe fails": ("ProbeFailed", "NoTraffic"),
    "5xx at the edge, where the probe fails": (("ProbeFailed", EDGE), ("EdgeErrorRatioHigh", EDGE)),
    "5xx at the edge of a service that is down": ("ServiceDown", "EdgeErrorRatioHigh"),
    "5xx at the edge that the service counts too": (BURNING_PAGE, "EdgeErrorRatioHigh"),
    "restarts of a slot that is being released": (("SlotReleasing", GREEN), ("UnitRestarting", RESTARTING)),
}
TOLD: dict[str, tuple[Alert, Alert]] = {
    "another host than the one that is down": (("HostDown", BESIDE), ("PostgresqlDown", {"instance": "db-1"})),
    "a host that is down itself": ("HostDown", "HostDown"),
    "that the watchers live": ("HostDown", "Watchdog"),
    "that the watchers live, while a page is out": ("AlertmanagerMissing", "Watchdog"),
    "another environment": ("HostDown", ("PostgresqlDown", {"instance": "app-1", "environment": "staging"})),
    "memory, while a disk is full": ("DiskFull", "MemoryLow"),
    "the other disk": (("DiskFull", {"mountpoint": "/"}), ("DiskFilling", {"mountpoint": "/srv"})),
    "a page, by a ticket": ("RedisDown", BURNING_PAGE),
    "a page, by another page of the same thing": ("LatencyBudgetBurnsFast", BURNING_PAGE),
    "another objective's budget": (BURNING_PAGE, "LatencyBudgetBurns"),
    "another application's errors": ("ServiceDown", (BURNING_PAGE, {"app": "guestbook"})),
    "5xx of another site": (BURNING_PAGE, ("EdgeErrorRatioHigh", {"site": "guestbook"})),
    "5xx at the edge of slow requests": ("LatencyBudgetBurnsFast", "EdgeErrorRatioHigh"),
    "another application's queue": ("WorkerDown", ("QueueBudgetBurnsFast", {"app": "guestbook"})),
    "the service's pool on another host": ("ServiceDown", ("PoolExhausted", BESIDE)),
    "a service that is down, whatever the lanes say": ("NoSlotActive", "ServiceDown"),
    "a service that is down beside its database": ("PostgresqlDown", "ServiceDown"),
    "the edge, by nginx of an app host": (("NginxDown", {"instance": "app-1"}), "ProbeFailed"),
    "restarts of the slot that serves": (("SlotReleasing", GREEN), ("UnitRestarting", {**RESTARTING, **BLUE})),
    "restarts on another host": (("SlotReleasing", GREEN), ("UnitRestarting", {**RESTARTING, **BESIDE})),
    "what has no unit, during a release": ("SlotReleasing", "MemoryLow"),
    "that a release failed, during the next": ("SlotReleasing", "ReleaseFailed"),
    "any page, during a release": (
        ("SlotReleasing", GREEN),
        ("UnitRestarting", {**RESTARTING, "severity": "page"}),
    ),
}


@cache
def seen(name: str) -> dict[str, str]:
    """Return the labels with which an alert was first seen to fire."""
    for check in CHECKS:
        for sample in check["exp_samples"] or []:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', sample.get("labels", "")))
            if labels.get("alertname") == name:
                return labels
    raise AssertionError(f"{name} was never seen to fire")


def as_sent(alert: Alert) -> dict[str, str]:
    """Return the labels of an alert as they reach Alertmanager."""
    if isinstance(alert, dict):
        return {"environment": "production", **alert}
    name, changed = (alert, {}) if isinstance(alert, str) else alert
    labels = {"environment": "production", **seen(name), **changed}
    for rule in RELABEL:
        if (found := re.fullmatch(rule["match"], labels.get(rule["from"], ""))) and rule["value"] == "$1":
            labels[rule["label"]] = found[1]
    return {label: text for label, text in labels.items() if text and label != "alertstate"}


def held_back(pair: tuple[Alert, Alert]) -> bool:
    source, target = map(as_sent, pair)
    return any(inhibits(rule, source, target) for rule in RULES)


@pytest.mark.parametrize("what", HELD_BACK)
def test_what_follows_from_another_is_held_back(what: str) -> None:
    assert held_back(HELD_BACK[what])


@pytest.mark.parametrize("what", TOLD)
def test_what_does_not_follow_is_told(what: str) -> None:
    assert not held_back(TOLD[what])


def test_no_alert_holds_back_itself() -> None:
    assert [name for name in ALERTS if held_back((name, name))] == []


def test_no_two_alerts_hold_back_each_other() -> None:
    pairs = [(one, other) for one in ALERTS for other in ALERTS if one < other]

    assert [pair for pair in pairs if held_back(pair) and held_back((pair[1], pair[0]))] == []


def test_a_page_is_held_back_by_pages_alone() -> None:
    pages = [name for name, alert in ALERTS.items() if alert["labels"]["severity"] == "page"]

    assert [(name, page) for name in ALERTS if name not in pages for page in pages if held_back((name, page))] == []


def test_every_alert_that_a_rule_names_exists() -> None:
    text = " ".join(matcher for rule in RULES for matcher in rule["source_matchers"] + rule["target_matchers"])
    named = {name for part in re.findall(r'alertname (?:=~|!~|!=|=) "?([\w|]+)', text) for name in part.split("|")}

    assert named - set(ALERTS) == set()

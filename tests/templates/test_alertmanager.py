"""What Alertmanager is told: who hears of what, from which files its secrets come, and how a notice reads."""

from __future__ import annotations

import json
import re

import pytest

from tests.amtool import amtool
from tests.templates.alertmanager import CHAT, DROP_IN, TEMPLATE, VARIANTS, configuration, receivers, text
from tests.templates.by_ansible import rendered, value, wired

FOLDER = "/run/credentials/prometheus-alertmanager.service/"
ALL = "all of them, and routes"
SEEN = "a dead man's switch and a peer"

each_variant = pytest.mark.parametrize("variant", VARIANTS)


def credentials(said: str) -> set[str]:
    """Return the names of the secrets that a configuration reads."""
    return set(re.findall(rf"{FOLDER}([\w-]+)", said))


@each_variant
def test_no_secret_stands_in_the_configuration_or_the_unit(variant: str) -> None:
    unit = rendered("alertmanager", DROP_IN, **VARIANTS[variant])

    assert "SECRET" not in text(variant) + unit


@each_variant
def test_every_secret_that_is_read_is_handed_over_and_no_other(variant: str) -> None:
    laid = value("alertmanager", "__alertmanager_secret_files", **VARIANTS[variant])
    unit = rendered("alertmanager", DROP_IN, **VARIANTS[variant])
    handed = dict(re.findall(r"^LoadCredential=([\w-]+):(\S+)$", unit, re.MULTILINE))

    assert credentials(text(variant)) == set(handed)
    assert sorted(handed.values()) == sorted(file["path"] for file in laid)
    assert {(file["mode"], file["secret"]) for file in laid} <= {("0600", True)}
    assert all("SECRET" in file["content"] or "staging" in file["content"] for file in laid)


def test_a_severity_without_a_route_goes_to_all_receivers() -> None:
    told = receivers("a webhook")

    assert {name: list(kinds) for name, kinds in told.items()} == {
        "nobody": [],
        "page": ["webhook_configs"],
        "ticket": ["webhook_configs"],
        "info": ["webhook_configs"],
        "watchdog": [],
    }


def test_several_receivers_of_one_severity_are_told_at_once_and_an_empty_list_tells_nobody() -> None:
    told = receivers(ALL)

    assert list(told["page"]) == ["pagerduty_configs", "slack_configs", "webhook_configs"]
    assert list(told["ticket"]) == ["slack_configs", "webhook_configs"]
    assert told["info"] == {}


def test_each_kind_reads_its_secret_from_a_file() -> None:
    (pager,) = receivers(ALL)["page"]["pagerduty_configs"]
    (chat,) = receivers(ALL)["page"]["slack_configs"]
    (tool,) = receivers(ALL)["page"]["webhook_configs"]

    assert pager["routing_key_file"] == f"{FOLDER}receiver-pager"
    assert (chat["api_url_file"], chat["channel"]) == (f"{FOLDER}receiver-chat", CHAT["channel"])
    assert tool["url_file"] == f"{FOLDER}receiver-tool"
    assert tool["http_config"] == {"authorization": {"credentials_file": f"{FOLDER}token-tool"}}


def test_a_page_is_critical_on_the_pager_and_a_ticket_a_warning() -> None:
    told = receivers("pagerduty")
    severities = {name: told[name]["pagerduty_configs"][0]["severity"] for name in ("page", "ticket", "info")}

    assert severities == {"page": "critical", "ticket": "warning", "info": "info"}


def test_mail_goes_to_all_addresses_and_logs_in_with_a_file() -> None:
    (mail,) = receivers("email")["page"]["email_configs"]
    plain = configuration("email")["global"]
    login = configuration("email with a login, over TLS from the start")["global"]

    assert mail["to"] == "ops@example.com, dev@example.com"
    assert (plain["smtp_require_tls"], "smtp_auth_username" in plain) == (True, False)
    assert login["smtp_auth_password_file"] == f"{FOLDER}smtp"
    assert login["smtp_require_tls"] is False, "on port 465 there is no STARTTLS to require"


def test_the_watchdog_goes_to_the_dead_mans_switch_and_to_every_peer() -> None:
    switch, peer = receivers(SEEN)["watchdog"]["webhook_configs"]

    assert (switch["url_file"], "http_config" in switch) == (f"{FOLDER}watchdog", False)
    assert (peer["url_file"], peer["http_config"]["authorization"]["credentials_file"]) == (
        f"{FOLDER}peer-staging",
        f"{FOLDER}peer-token-staging",
    )
    assert not switch["send_resolved"]
    assert not peer["send_resolved"]


def test_the_watchdog_is_told_at_every_look_at_it() -> None:
    watchdog = configuration(SEEN)["route"]["routes"][0]

    assert (watchdog["group_wait"], watchdog["group_interval"], watchdog["repeat_interval"]) == ("0s", "90s", "45s")


def test_pages_are_told_sooner_and_more_often_than_tickets() -> None:
    routes = {route["receiver"]: route for route in configuration("a webhook")["route"]["routes"]}

    assert (routes["page"]["group_wait"], routes["page"]["repeat_interval"]) == ("5s", "1h")
    assert (routes["ticket"]["group_wait"], routes["ticket"]["repeat_interval"]) == ("1m", "12h")


def test_a_notice_says_what_it_is_and_what_to_do() -> None:
    links = {"alertmanager_runbooks_url": "https://git.test/", "alertmanager_dashboards_url": "https://mail.test"}
    template = rendered("alertmanager", TEMPLATE, alertmanager_receivers=[CHAT], **links)
    labels = {"environment": "production", "alertname": "NginxDown", "severity": "page", "instance": "edge-1"}
    notes = {
        "summary": "nginx has not answered for 30s",
        "description": "Nothing is served.",
        "runbook_url": "docs/runbooks/NginxDown.md",
        "dashboard": "/grafana/d/slipway-overview",
    }
    alert = {"status": "firing", "labels": labels, "annotations": notes, "startsAt": "2026-01-01T00:00:00Z"}
    data = {"status": "firing", "commonLabels": labels, "commonAnnotations": notes, "alerts": [alert]}
    render = "amtool template render --template.glob=notice.tmpl --template.data=data.json --template.text="
    script = "\n".join(f"{render}'{{{{ template \"slipway.{name}\" . }}}}'\necho" for name in ("title", "text"))

    said = amtool({"notice.tmpl": template, "data.json": json.dumps(data)}, script)

    assert [line for line in said.splitlines() if line] == [
        "[production] NginxDown, page, edge-1",
        "nginx has not answered for 30s",
        "Nothing is served.",
        "What to do: https://git.test/docs/runbooks/NginxDown.md",
        "Dashboard: https://mail.test/grafana/d/slipway-overview",
    ]


def test_alerts_learn_their_application_from_job_or_site_and_their_team_from_the_application() -> None:
    applications = [{"name": "mailroom"}, {"name": "guestbook", "team": "payments"}]
    rules = wired("monitoring.yml", "prometheus_alert_labels", app_applications=applications)
    file = rendered("prometheus", "etc/prometheus/prometheus.yml", prometheus_alert_labels=rules)

    assert [(rule["from"], rule["match"], rule["label"], rule["value"]) for rule in rules] == [
        ("job", "(.+)-(?:web|worker)", "app", "$1"),
        ("site", "(.+)", "app", "$1"),
        ("app", "guestbook", "team", "payments"),
    ]
    assert file.count("target_label: ") == 3


def test_systemd_limits_what_it_takes() -> None:
    unit = rendered("alertmanager", DROP_IN, **VARIANTS["a webhook"], alertmanager_memory_max=96)

    assert {"MemoryMax=96M", "MemorySwapMax=0", "TasksMax=64", "CPUWeight=50", "IOWeight=50"} <= set(unit.splitlines())
    assert "--data.retention=120h" in unit

"""Alertmanager's configuration in each of the ways that an environment may ask for."""

from __future__ import annotations

from typing import Any

import yaml

from tests.templates.by_ansible import rendered

CONFIGURATION = "etc/prometheus/alertmanager.yml"
TEMPLATE = "etc/prometheus/alertmanager.tmpl"
DROP_IN = "etc/systemd/system/prometheus-alertmanager.service.d/slipway.conf"

PAGER = {"name": "pager", "kind": "pagerduty", "routing_key": "SECRET-routing-key"}
CHAT = {"name": "chat", "kind": "slack", "url": "https://hooks.slack.test/SECRET-slack", "channel": "#alerts"}
POST = {"name": "post", "kind": "email", "to": ["ops@example.com", "dev@example.com"]}
TOOL = {"name": "tool", "kind": "webhook", "url": "https://tool.test/SECRET-hook", "token": "SECRET-token"}
PLAIN = {"name": "plain", "kind": "webhook", "url": "https://plain.test/SECRET-plain", "send_resolved": False}
SMTP = {"alertmanager_smtp_server": "smtp.example.com:587", "alertmanager_smtp_from": "alerts@example.com"}
LOGIN = {"alertmanager_smtp_user": "alerts", "alertmanager_smtp_password": "SECRET-smtp"}
PEER = {"name": "staging", "url": "https://staging.test/heartbeat/production", "token": "SECRET-peer"}

VARIANTS: dict[str, dict[str, Any]] = {
    "a webhook": {"alertmanager_receivers": [PLAIN]},
    "slack": {"alertmanager_receivers": [CHAT]},
    "pagerduty": {"alertmanager_receivers": [PAGER]},
    "email": {"alertmanager_receivers": [POST], **SMTP},
    "email with a login, over TLS from the start": {
        "alertmanager_receivers": [POST],
        **SMTP,
        **LOGIN,
        "alertmanager_smtp_server": "smtp.example.com:465",
    },
    "all of them, and routes": {
        "alertmanager_receivers": [PAGER, CHAT, POST, TOOL, PLAIN],
        "alertmanager_routes": {"page": ["pager", "chat", "tool"], "ticket": ["chat", "plain"], "info": []},
        **SMTP,
        **LOGIN,
    },
    "teams": {
        "alertmanager_receivers": [PAGER, CHAT, TOOL],
        "alertmanager_routes": {"info": ["chat"]},
        "alertmanager_team_routes": [
            {"team": "payments", "page": ["tool"], "ticket": ["tool", "chat"]},
            {"team": "growth", "info": []},
        ],
    },
    "a dead man's switch and a peer": {
        "alertmanager_receivers": [PLAIN],
        "alertmanager_watchdog_url": "https://dead.test/SECRET-switch",
        "alertmanager_watchdog_interval": 90,
        "alertmanager_peers": [PEER],
        "alertmanager_external_url": "https://mail.example.com/alertmanager/",
    },
}


def text(variant: str) -> str:
    """Return the file of a variant."""
    return rendered("alertmanager", CONFIGURATION, **VARIANTS[variant])


def configuration(variant: str) -> dict[str, Any]:
    """Return what the file of a variant says."""
    return dict(yaml.safe_load(text(variant)))


def receivers(variant: str) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return what each of Alertmanager's receivers is made of, by name and kind."""
    return {
        one["name"]: {kind: those for kind, those in one.items() if kind != "name"}
        for one in configuration(variant)["receivers"]
    }

"""What the role alertmanager refuses: receivers that can't be told, routes that lead nowhere, and no secret in why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

HOOK = {"name": "hook", "kind": "webhook", "url": "https://hook.test/SECRET"}
POST = {"name": "post", "kind": "email", "to": ["ops@example.com"]}
SMTP = {"smtp_server": "smtp.example.com:587", "smtp_from": "alerts@example.com"}
SEVERITIES = ("page", "ticket", "info")
PEER = {"name": "staging", "url": "https://staging.test/heartbeat/us", "token": "SECRET"}

TAKEN: dict[str, dict[str, Any]] = {
    "a webhook": {"receivers": [HOOK]},
    "mail": {"receivers": [POST], **SMTP},
    "routes and teams": {
        "receivers": [HOOK, POST],
        "routes": {"page": ["hook"], "info": []},
        "team_routes": [{"team": "payments", "page": ["post"]}],
        **SMTP,
    },
    "a peer": {"receivers": [HOOK], "peers": [PEER]},
}
# What is wrong, and what must be said.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"receivers": []}, "alertmanager_receivers is empty; it must have at least one"),
    "an unknown kind": ({"receivers": [{"name": "x", "kind": "telex"}]}, "must be one of: email, pagerduty, slack"),
    "a name with capitals": ({"receivers": [{**HOOK, "name": "Hook"}]}, "alertmanager_receivers has Hook; a name is 1"),
    "a name twice": ({"receivers": [HOOK, HOOK]}, "alertmanager_receivers has hook; a name is 1 to 31 of a-z, 0-9"),
    "a webhook without an address": (
        {"receivers": [{"name": "hook", "kind": "webhook"}]},
        "alertmanager_receivers: hook has no url; webhook needs it",
    ),
    "a pager without a key": (
        {"receivers": [{"name": "pager", "kind": "pagerduty"}]},
        "alertmanager_receivers: pager has no routing_key; pagerduty needs it",
    ),
    "what another kind needs": (
        {"receivers": [{**HOOK, "channel": "#alerts"}]},
        "alertmanager_receivers: hook has channel, which webhook has no use for; it takes url, token",
    ),
    "no web address": (
        {"receivers": [{**HOOK, "url": "SECRET.example.com"}]},
        "the url of hook is not a web address; it must begin with https:// or http://",
    ),
    "mail without a server": ({"receivers": [POST]}, "alertmanager_smtp_server is empty; it must be host:port"),
    "mail from nobody": (
        {"receivers": [POST], **SMTP, "smtp_from": ""},
        "alertmanager_smtp_from is empty; it must be an address",
    ),
    "a user without a password": (
        {"receivers": [POST], **SMTP, "smtp_user": "alerts"},
        "alertmanager_smtp_password is empty; it must be given together with alertmanager_smtp_user",
    ),
    "a route to nobody": (
        {"receivers": [HOOK], "routes": {"ticket": ["hock"]}},
        "alertmanager_routes has hock; it must be one of alertmanager_receivers, which are hook",
    ),
    "a team's route to nobody": (
        {"receivers": [HOOK], "team_routes": [{"team": "payments", "page": ["hock"]}]},
        "alertmanager_team_routes has hock; it must be one of alertmanager_receivers, which are hook",
    ),
    "pages to nobody": (
        {"receivers": [HOOK], "routes": {"page": []}},
        "alertmanager_routes.page is empty; somebody must be told of a page",
    ),
    "an unknown severity": ({"receivers": [HOOK], "routes": {"pages": ["hook"]}}, "pages"),
    "a receiver in no route": (
        {"receivers": [HOOK, {**HOOK, "name": "spare"}], "routes": {key: ["hook"] for key in SEVERITIES}},
        "alertmanager_receivers: spare is in no route, so that it would never be told",
    ),
    "a peer without TLS": (
        {"receivers": [HOOK], "peers": [{**PEER, "url": "http://staging.test/heartbeat/us"}]},
        "alertmanager_peers: staging needs a token and a url as in https://",
    ),
    "a peer that would miss us": (
        {"receivers": [HOOK], "peers": [PEER], "watchdog_interval": 600},
        "alertmanager_watchdog_interval is 600; it may be 30 to 240 (seconds)",
    ),
    "a dead man's switch without an address": (
        {"receivers": [HOOK], "watchdog_url": "SECRET"},
        "alertmanager_watchdog_url is not a web address; it must begin with",
    ),
    "every network": (
        {"receivers": [HOOK], "listen_address": "0.0.0.0"},  # noqa: S104 - it is refused
        "alertmanager_listen_address is 0.0.0.0; it must be one address of this host",
    ),
    "too little memory": ({"receivers": [HOOK], "memory_max": 8}, "alertmanager_memory_max is 8; it may be 48 to 4096"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    cases = {**TAKEN, **{label: wrong for label, (wrong, _) in WRONG.items()}}
    folder = tmp_path_factory.mktemp("refusals")
    return ask("alertmanager", cases, folder)


@pytest.mark.parametrize("label", TAKEN)
def test_what_can_be_told_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_is_wrong_is_refused_by_name_and_without_a_secret(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]
    assert "SECRET" not in said[label]

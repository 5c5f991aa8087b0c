"""What the role app refuses of an application's description, with the application's and the variable's name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

PORTS = {"blue": 9821, "green": 9822}
MAILROOM = {"name": "mailroom", "worker_command": "mailroom worker", "server_names": ["mailroom.test"]}
GUESTBOOK: dict[str, Any] = {
    "name": "guestbook",
    "wsgi": "guestbook.web:application",
    "server_names": ["guestbook.test"],
    "metrics_ports": PORTS,
    "internal_port": 8001,
}

# What is wrong with the guest book, and what must be in the message. What stands in one group is asked about together,
# and each of it must be told.
WRONG: dict[str, tuple[dict[str, Any], *tuple[str, ...]]] = {
    "a name with capitals": ({"name": "Guestbook"}, "app_name is Guestbook; it may be 1 to 31 of a-z"),
    "the other's name": ({"name": "mailroom"}, "app_applications has mailroom, mailroom; each name may be there once"),
    "the other's ports": (
        {"metrics_ports": {"blue": 9802, "green": 9822}, "worker_command": "guestbook worker", "internal_port": 8000},
        "port 8000 is given to mailroom (app_internal_port) and to guestbook (app_internal_port);",
        "port 9802 is given to mailroom (app_metrics_ports green) and to guestbook (app_metrics_ports blue);",
        "port 9811 is given to mailroom (app_worker_metrics_ports blue) and to guestbook",
    ),
    "one port for both slots": (
        {"metrics_ports": {"blue": 9821, "green": 9821}},
        "port 9821 is given to guestbook (app_metrics_ports blue) and to guestbook (app_metrics_ports green)",
    ),
    "the other's host name": (
        {"server_names": ["guestbook.test", "mailroom.test"]},
        "app_server_names of guestbook has mailroom.test, which another application has too",
    ),
    "no host name": ({"server_names": []}, "app_server_names of guestbook is empty; it must have a host name"),
    "a word where a number belongs": ({"web_workers": "many"}, "web_workers"),
    "a key that nobody knows": ({"web_worker": 2}, "web_worker"),
    "a variable's and a secret's name": (
        {"environment": {"GUEST-BOOK": "1"}, "credentials": {"a/b": "x"}},
        "app_migrate_environment of guestbook has GUEST-BOOK; a variable is named by letters",
        "app_migrate_credentials of guestbook has a/b; a secret is named as a file is",
    ),
    "a secret without a value": (
        {"migrate_credentials": {"database_password": ""}},
        "app_migrate_credentials.database_password of guestbook has no value; give it one in the environment's",
    ),
}
SETTINGS: dict[str, tuple[object, str]] = {
    "internal_port": (80, "app_internal_port of guestbook is 80; it may be 1024 to 65535"),
    "metrics_ports": ({"blue": 9821}, "each must have a port for blue and one for green"),
    "wsgi": ("guestbook.web", "app_wsgi of guestbook is guestbook.web; it must name a module and a callable"),
    "health_path": ("healthz", "app_health_path of guestbook is healthz; it must be a path"),
    "version_header": ("X Version", "app_version_header of guestbook is X Version; it must be a header's name"),
    "web_workers": (0, "app_web_workers of guestbook is 0; it may be 1 to 64"),
    "web_threads": (500, "app_web_threads of guestbook is 500; it may be 1 to 128"),
    "backlog": (0, "app_backlog of guestbook is 0; it may be 1 to 65535"),
    "drain_timeout": (0, "app_drain_timeout of guestbook is 30, 30, 60, 0; each may be 1 to 3600"),
    "memory_max": ("much", "app_memory_max of guestbook is much; it must be an amount as systemd has it"),
    "sticky": ("cookie", "app_sticky_key of guestbook is empty; it must name the cookie"),
    "static": ([{"url": "/static/", "folder": "../../etc"}], "a folder inside the release, as in"),
}
RELEASE: dict[str, tuple[object, str]] = {
    "releases_kept": (1, "app_releases_kept of guestbook is 1; it may be 2 or more"),
    "release_steps": ([1, 5], "app_release_steps of guestbook is [1, 5]; it must be a rising list of lanes"),
    "step_seconds": (-1, "app_step_seconds of guestbook is -1; it may be 0 to 3600"),
    "bake_seconds": (604800, "app_bake_seconds of guestbook is 604800; it may be 0 to 86400"),
    "probe_rate": (1000, "app_probe_rate of guestbook is 1000; it may be 0.1 to 200"),
    "probe_requests": ([], "app_probe_requests of guestbook is 0 requests; it must have at least one request"),
}


def together(group: dict[str, tuple[object, str]]) -> dict[str, Any]:
    """Return all that is wrong in a group, as part of one application's entry."""
    return {key: value for key, (value, _) in group.items()}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    entries = {label: wrong for label, (wrong, *_) in WRONG.items()}
    entries |= {"settings": together(SETTINGS), "release": together(RELEASE), "nothing": {}}
    cases: dict[str, Any] = {
        label: {"name": wrong.get("name", "guestbook"), "applications": [MAILROOM, {**GUESTBOOK, **wrong}]}
        for label, wrong in entries.items()
    }
    cases["nobody"] = {"name": "guestbok", "applications": [MAILROOM, GUESTBOOK]}
    folder = tmp_path_factory.mktemp("refusals")
    return ask("app", cases, folder, app_secure_logging=False)


def test_a_described_application_is_taken(said: dict[str, str]) -> None:
    assert said["nothing"] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_is_wrong_is_refused_with_application_and_variable(said: dict[str, str], label: str) -> None:
    assert [message for message in WRONG[label][1:] if message not in said[label]] == []


@pytest.mark.parametrize(
    ("group", "key"), [("settings", key) for key in SETTINGS] + [("release", key) for key in RELEASE]
)
def test_every_wrong_value_is_told_at_once(said: dict[str, str], group: str, key: str) -> None:
    assert {**SETTINGS, **RELEASE}[key][1] in said[group]


def test_an_application_that_nobody_described_is_refused_with_those_that_are(said: dict[str, str]) -> None:
    assert "app_name is guestbok; it must be one of app_applications, which are mailroom, guestbook" in said["nobody"]

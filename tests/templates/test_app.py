"""The units of a slot, and gunicorn's settings."""

from __future__ import annotations

import ast
import configparser
from typing import Any

import pytest

from tests.templates.render import render

UNITS = "etc/systemd/system"
SERVICES = ("web@.service", "worker@.service", "migrate@.service")
MAILROOM = {
    "name": "mailroom",
    "worker_command": "mailroom worker",
    "migrate_commands": ["mailroom migrate", "mailroom keys ensure bootstrap"],
    "credentials": {"database_password": "hunter2", "token": "hunter3"},
    "migrate_credentials": {"database_password": "hunter4"},
}
GUESTBOOK = {
    "name": "guestbook",
    "wsgi": "guestbook.web:application",
    "web_workers": 1,
    "memory_max": "120M",
    "metrics_ports": {"blue": 9821, "green": 9822},
}
SETTINGS: dict[str, Any] = {"app_applications": [MAILROOM, GUESTBOOK]}


def lines_of(unit: str, key: str) -> list[str]:
    """Return the values that a rendered unit gives a key, in order."""
    text = render("app", f"{UNITS}/{unit}", **SETTINGS)
    return [line.split("=", 1)[1] for line in text.splitlines() if line.startswith(f"{key}=")]


@pytest.mark.parametrize("unit", [*SERVICES, "web@.socket"])
def test_a_unit_is_made_of_sections_and_settings(unit: str) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",), delimiters=("=",))

    parser.read_string(render("app", f"{UNITS}/{unit}", **SETTINGS))

    assert "Unit" in parser.sections()


@pytest.mark.parametrize("unit", SERVICES)
def test_no_secret_is_in_a_unit(unit: str) -> None:
    assert "hunter" not in render("app", f"{UNITS}/{unit}", **SETTINGS)


@pytest.mark.parametrize("unit", ["web@.service", "worker@.service"])
def test_the_service_is_handed_its_secrets_as_files_of_its_slot(unit: str) -> None:
    folder = "/etc/mailroom/slots/%i/service.credentials"

    assert lines_of(unit, "LoadCredential") == [
        f"database_password:{folder}/database_password",
        f"token:{folder}/token",
    ]


def test_migrations_get_their_own_secrets_and_no_others() -> None:
    path = "/etc/mailroom/slots/%i/migrate.credentials/database_password"

    assert lines_of("migrate@.service", "LoadCredential") == [f"database_password:{path}"]


def test_migrations_run_one_after_another_in_the_order_given() -> None:
    assert lines_of("migrate@.service", "ExecStart") == [
        "/srv/mailroom/slots/%i/venv/bin/mailroom migrate",
        "/srv/mailroom/slots/%i/venv/bin/mailroom keys ensure bootstrap",
    ]


@pytest.mark.parametrize("unit", SERVICES)
def test_every_service_is_hardened_and_runs_as_the_applications_user(unit: str) -> None:
    assert lines_of(unit, "User") == ["mailroom"]
    assert lines_of(unit, "NoNewPrivileges") == ["yes"]
    assert lines_of(unit, "ProtectSystem") == ["strict"]


def test_a_stopping_service_has_longer_than_what_it_finishes_in_hand() -> None:
    assert lines_of("web@.service", "TimeoutStopSec") == ["40"]


def gunicorns_settings(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what gunicorn's configuration sets."""
    text = render("app", "etc/app/gunicorn.conf.py", **SETTINGS, **more)
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, (ast.Constant, ast.Dict))
    }


def test_gunicorns_settings_are_python_with_a_metrics_port_for_each_slot() -> None:
    settings = gunicorns_settings()

    assert settings["METRICS_PORTS"] == {"blue": 9801, "green": 9802}
    assert (settings["workers"], settings["threads"], settings["backlog"]) == (2, 4, 2048)


def test_the_first_application_is_meant_unless_another_is_named() -> None:
    assert "User=mailroom" in render("app", f"{UNITS}/web@.service", **SETTINGS)
    assert "User=guestbook" in render("app", f"{UNITS}/web@.service", **SETTINGS, app_name="guestbook")


def test_an_application_is_what_its_entry_says() -> None:
    unit = render("app", f"{UNITS}/web@.service", **SETTINGS, app_name="guestbook")
    settings = gunicorns_settings(app_name="guestbook")

    assert "gunicorn --config /etc/guestbook/gunicorn.conf.py guestbook.web:application\n" in unit
    assert "MemoryMax=120M\n" in unit
    assert "LoadCredential" not in unit
    assert (settings["workers"], settings["METRICS_PORTS"]) == (1, {"blue": 9821, "green": 9822})


def test_a_variable_set_for_all_applications_holds_whatever_their_entries_say() -> None:
    assert gunicorns_settings(app_name="guestbook", app_web_workers=3)["workers"] == 3

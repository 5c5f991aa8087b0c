"""How Mailroom is set up on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.dev.servers import Database, Redis
from tools.dev.service import MAX_BODY_BYTES, Service, configure
from tools.role_specs import read_yaml
from tools.wheels import ROOT


@pytest.fixture(name="service")
def _service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return the set-up where the caller wants another transport."""
    monkeypatch.setenv("MAILROOM_TRANSPORT", "smtp")
    return configure(tmp_path / "app", tmp_path, Database(tmp_path, "owners", "services"), Redis(6379, "of-redis"))


def test_what_the_caller_sets_holds_instead(service: Service) -> None:
    assert service.environment["MAILROOM_TRANSPORT"] == "smtp"


def test_only_the_owner_migrates(service: Service) -> None:
    users = [one["MAILROOM_DATABASE_USER"] for one in (service.environment, service.owner)]
    folders = [Path(one["CREDENTIALS_DIRECTORY"]) for one in (service.environment, service.owner)]

    assert users == ["mailroom", "mailroom_owner"]
    assert [(folder / "database_password").read_text() for folder in folders] == ["services\n", "owners\n"]


def test_secrets_are_readable_by_their_owner_only(service: Service) -> None:
    assert Path(service.environment["CREDENTIALS_DIRECTORY"]).stat().st_mode & 0o777 == 0o700


def test_bodies_may_be_as_large_as_on_a_host(service: Service) -> None:
    on_hosts = read_yaml(ROOT / "playbooks/group_vars/all.yml")["mailroom_max_body_bytes"]

    assert service.environment["MAILROOM_MAX_BODY_BYTES"] == str(MAX_BODY_BYTES) == str(on_hosts)

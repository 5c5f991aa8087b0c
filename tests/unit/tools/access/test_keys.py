"""The keys of an environment: where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.tools.access.conftest import KEY, KNOWN
from tools.access.aws import AccessError, Client
from tools.access.keys import Keys, keys_of, lay


def test_without_variables_they_come_from_the_parameter_store(ssm: Client) -> None:
    assert keys_of("staging", {}, ssm) == Keys(f"{KEY}\n", f"{KNOWN}\n", "")


def test_a_variable_is_taken_before_the_parameter(ssm: Client) -> None:
    told = {"SLIPWAY_STAGING_KNOWN_HOSTS": "[203.0.113.9]:22 ssh-ed25519 BBBB", "SLIPWAY_STAGING_VAULT_PASSWORD": "x y"}

    found = keys_of("staging", told, ssm)

    assert (found.known_hosts, found.vault_password) == ("[203.0.113.9]:22 ssh-ed25519 BBBB\n", "x y")
    assert found.ssh_key == f"{KEY}\n"


def test_a_secret_that_isnt_set_counts_as_none(ssm: Client) -> None:
    told = {"SLIPWAY_STAGING_SSH_KEY": "", "SLIPWAY_STAGING_VAULT_PASSWORD": ""}

    assert keys_of("staging", told, ssm).ssh_key == f"{KEY}\n"


def test_another_environments_variables_are_left_alone(ssm: Client) -> None:
    assert keys_of("staging", {"SLIPWAY_PRODUCTION_SSH_KEY": "theirs"}, ssm).ssh_key == f"{KEY}\n"


def test_line_ends_of_windows_are_made_ssh_s(ssm: Client) -> None:
    told = {"SLIPWAY_STAGING_SSH_KEY": KEY.replace("\n", "\r\n") + "\r\n"}

    assert keys_of("staging", told, ssm).ssh_key == f"{KEY}\n"


def test_a_parameter_that_isnt_there_is_named_with_the_variable_in_its_place(ssm: Client) -> None:
    with pytest.raises(AccessError) as refused:
        keys_of("production", {}, ssm)

    assert str(refused.value) == (
        "the Parameter Store of eu-central-1 has no /slipway/production/ssh_key, and SLIPWAY_PRODUCTION_SSH_KEY "
        "isn't set; docs/github-actions.md says who writes it"
    )


def test_what_is_no_private_key_is_refused_without_being_shown(ssm: Client) -> None:
    with pytest.raises(AccessError) as refused:
        keys_of("staging", {"SLIPWAY_STAGING_SSH_KEY": "hunter2"}, ssm)

    assert str(refused.value) == "the SSH key of staging is no private key: it must begin with -----BEGIN …"


@pytest.mark.parametrize("text", ["# none", "203.0.113.7", "* ssh-ed25519 AAAA", f"{KNOWN}\n*.example.com ssh-rsa B"])
def test_known_hosts_that_would_know_nobody_or_anybody_are_refused(ssm: Client, text: str) -> None:
    with pytest.raises(AccessError, match="the known hosts of staging must be lines of a host, a kind of key and"):
        keys_of("staging", {"SLIPWAY_STAGING_KNOWN_HOSTS": text}, ssm)


def test_they_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    files = lay(Keys("key\n", "hosts\n", "password"), tmp_path / "staging")

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "staging", *files.values())}
    assert modes == {"staging": 0o700, "ssh_key": 0o600, "known_hosts": 0o600, "vault_password": 0o600}
    assert files["ssh_key"].read_text(encoding="utf-8") == "key\n"


def test_without_a_vault_there_is_no_file_for_its_password(tmp_path: Path) -> None:
    assert sorted(lay(Keys("key\n", "hosts\n", ""), tmp_path / "staging")) == ["known_hosts", "ssh_key"]

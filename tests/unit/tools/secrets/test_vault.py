"""Secrets in a file that ansible-vault encrypts: made once, read by Ansible, lost to nobody, shown to nobody."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.tree import ROOT
from tests.unit.tools.secrets.checkout import Checkout
from tools.secrets.table import read_table

TABLE = read_table()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_every_secret_of_the_table_is_made(checkout: Checkout) -> None:
    assert checkout.make() == 0
    assert set(checkout.values()) == set(TABLE)
    assert all(len(value) >= 40 for value in checkout.values().values())


def test_the_file_is_encrypted_and_says_for_which_environment(checkout: Checkout) -> None:
    checkout.make()

    assert checkout.vault.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;1.2;AES256;staging\n")
    assert mode(checkout.vault) == 0o600


def test_the_password_is_strong_for_its_owner_alone_and_told_of_once(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.make()

    assert len(checkout.password.read_text(encoding="utf-8").strip()) >= 43
    assert mode(checkout.password) == 0o600
    assert "PUT IT WHERE YOUR TEAM KEEPS PASSWORDS" in capsys.readouterr().err
    checkout.make()
    assert capsys.readouterr().err == ""


def test_a_second_run_changes_no_byte(checkout: Checkout) -> None:
    checkout.make()
    before = checkout.vault.read_bytes()

    assert checkout.make() == 0
    assert checkout.vault.read_bytes() == before


def test_what_is_missing_is_added_and_what_is_there_stays_with_its_comments(checkout: Checkout) -> None:
    checkout.password.write_text("open sesame\n", encoding="utf-8")
    checkout.password.chmod(0o600)
    written = "---\n# Ann wrote this.\nvault_redis_password: short\nvault_slack_url: https://x\n"
    encrypt(checkout, written)

    checkout.make()

    assert decrypted(checkout).startswith(written)
    assert set(checkout.values()) == {*TABLE, "vault_slack_url"}


def test_ansible_reads_the_secrets_with_the_password_of_the_environment(checkout: Checkout) -> None:
    checkout.make()
    show = ("ansible", "web", "-i", "inventories/staging", "-c", "local", "-m", "ansible.builtin.debug", "-a")
    wish = {"msg": "{{ vault_redis_password | length }} {{ vault_mailroom_token_signing_keys[:2] }}"}
    done = tool(checkout, *show, json.dumps(wish))

    assert "msg: '40 1:'" in done


def test_a_new_environment_is_not_given_another_password_when_its_own_is_lost(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.make()
    checkout.password.unlink()
    before = checkout.vault.read_bytes()

    assert checkout.make() == 2
    assert "vault.yml is encrypted and .vault-password-staging isn't here" in capsys.readouterr().err
    assert not checkout.password.exists()
    assert checkout.vault.read_bytes() == before


def test_a_wrong_password_is_refused(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.make()
    checkout.password.write_text("another\n", encoding="utf-8")

    assert checkout.make() == 2
    assert "can't be decrypted with the password in .vault-password-staging" in capsys.readouterr().err


def test_a_password_that_others_can_read_is_refused(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.make()
    checkout.password.chmod(0o640)

    assert checkout.make() == 2
    assert "others than you can read .vault-password-staging: `chmod go= " in capsys.readouterr().err


def test_an_empty_password_is_refused(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.make()
    checkout.password.write_text("\n", encoding="utf-8")

    assert checkout.make() == 2
    assert ".vault-password-staging gives no password" in capsys.readouterr().err


def test_the_password_may_come_from_a_program(checkout: Checkout) -> None:
    checkout.password.write_text("#!/bin/sh\necho open sesame\n", encoding="utf-8")
    checkout.password.chmod(0o700)

    assert checkout.make() == 0
    checkout.password.write_text("open sesame\n", encoding="utf-8")
    checkout.password.chmod(0o600)
    assert checkout.make() == 0


def test_a_file_that_is_not_encrypted_is_refused(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.vault.write_text("---\nvault_redis_password: hush\n", encoding="utf-8")

    assert checkout.make() == 2
    said = capsys.readouterr().err
    assert "vault.yml isn't encrypted. If it ever left this machine, its secrets are known; else encrypt it:" in said
    assert "hush" not in said


def test_two_commands_do_not_write_at_once(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    handle = os.open(checkout.folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)

    assert checkout.make() == 2
    assert "another `make secrets` changes " in capsys.readouterr().err
    os.close(handle)


def test_a_write_that_fails_leaves_the_file_as_it_was(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.make()
    before = checkout.vault.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        checkout.make("--rotate", "mailroom_token_signing_keys")
    assert checkout.vault.read_bytes() == before


def encrypt(checkout: Checkout, written: str) -> None:
    checkout.vault.write_text(written, encoding="utf-8")
    tool(checkout, "ansible-vault", "encrypt", "inventories/staging/group_vars/all/vault.yml")


def decrypted(checkout: Checkout) -> str:
    return tool(checkout, "ansible-vault", "view", "inventories/staging/group_vars/all/vault.yml")


def tool(checkout: Checkout, program: str, *arguments: str) -> str:
    """Run one of Ansible's programs as the Makefile does; return what it printed."""
    told = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_VAULT_IDENTITY_LIST": f"staging@{checkout.password}"}
    path = str(Path(sys.executable).parent / program)
    done = subprocess.run(
        [path, *arguments], cwd=checkout.root, env=os.environ | told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)

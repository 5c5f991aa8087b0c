"""The secrets of the local environment: in files that Ansible's lookup makes and reads too."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.unit.tools.secrets.checkout import Checkout

SERVICE = "vault_postgresql_service_password"
KEYS = "vault_mailroom_token_signing_keys"


@pytest.fixture
def local(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return the checkout with the local environment's own variables."""
    monkeypatch.delenv("SLIPWAY_STATE", raising=False)
    shutil.copy(ROOT / "inventories/local/group_vars/all/vault.yml", checkout.root / "inventories/local/group_vars/all")
    return checkout


def folder(local: Checkout) -> Path:
    return local.root / ".slipway/local/secrets"


def read_by_ansible(local: Checkout) -> dict[str, str]:
    """Return what Ansible gets for two secrets, each of which it makes where there is none."""
    answer = local.root / "answer.json"
    both = ", ".join(f"'{name}': {name}" for name in (SERVICE, KEYS))
    wish = {"content": "{{ {" + both + "} | to_json }}", "dest": str(answer)}
    extra = (
        "-e",
        f"slipway_state_dir={local.root / '.slipway/local'}",
        "-e",
        f"ansible_python_interpreter={sys.executable}",
    )
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "ansible"), "web", "-i", "inventories/local", "-c", "local", *extra),
            *("-m", "ansible.builtin.copy", "-a", json.dumps(wish)),
        ],
        cwd=local.root,
        env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(answer.read_text(encoding="utf-8")))


def test_a_secret_that_ansible_made_is_changed_step_by_step_and_read_by_it(local: Checkout) -> None:
    before = read_by_ansible(local)
    assert local.make("--rotate", SERVICE, environment="local") == 0
    assert local.make("--rotate", KEYS, environment="local") == 0
    both = read_by_ansible(local)
    assert local.make("--sign", KEYS, environment="local") == 0
    for name in (SERVICE, KEYS):
        assert local.make("--retire", name, environment="local") == 0
    after = read_by_ansible(local)

    assert both[SERVICE].splitlines()[1] == f"1:{before[SERVICE]}"
    assert both[KEYS].splitlines()[0] == before[KEYS]
    assert after == {SERVICE: both[SERVICE].splitlines()[0], KEYS: both[KEYS].splitlines()[1]}


def test_those_that_are_missing_are_made_where_only_their_owner_can_read_them(
    local: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert local.make(environment="local") == 0
    made = {path.name: path.read_text(encoding="utf-8") for path in folder(local).iterdir()}

    assert {stat.S_IMODE(path.stat().st_mode) for path in folder(local).iterdir()} == {0o600}
    assert stat.S_IMODE(folder(local).stat().st_mode) == 0o700
    assert made.keys() >= {"postgresql_service", "redis", "mailroom_token_key"}
    assert read_by_ansible(local)[SERVICE] == made["postgresql_service"].strip()
    assert local.make(environment="local") == 0
    assert {path.name: path.read_text(encoding="utf-8") for path in folder(local).iterdir()} == made
    said = capsys.readouterr()
    assert [value for value in made.values() if value.strip() in said.out + said.err] == []


def test_a_secret_that_the_local_environment_has_not_is_refused(
    local: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("https://hooks.example/\n"))

    assert local.make("--set", "slack_url", environment="local") == 2
    assert "inventories/local/group_vars/all has no vault_slack_url; add it there" in capsys.readouterr().err
    assert not folder(local).exists()

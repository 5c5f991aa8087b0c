"""The inventory plugin slipway_ssm, as Ansible runs it: secrets as variables, asked for once, told to nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contract.tree import ROOT
from tests.unit import aws
from tools.secrets.ssm import SsmStore

PROGRAMS = Path(sys.executable).parent
PLAY = """---
- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.debug: {msg: "{{ vault_one | length }} {{ vault_two }}"}
      no_log: true
    - ansible.builtin.debug: {msg: "{{ vault_one | length }}"}
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    """Return the variables that turn clients to an AWS."""
    with aws.simulated() as url:
        yield aws.emptied(url)


@pytest.fixture
def environment(tmp_path: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an environment that has two secrets, and an AWS that has one more of somebody else."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "inventories/staging"
    folder.mkdir(parents=True)
    (folder / "hosts.yml").write_text("---\nall: {hosts: {web-1: {}, web-2: {}}}\n", encoding="utf-8")
    store = SsmStore(tmp_path, ("staging", aws.REGION), print)
    store.add({"vault_one": "{{ undefined }}", "vault_two": "hush-hush", "other": "theirs"}, {})
    return folder


@pytest.fixture
def run(environment: Path) -> Run:
    """Return a function that runs one of Ansible's programs on the environment."""

    def run_it(program: str, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        told = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "COLUMNS": "400", **(env or {})}
        command = [str(PROGRAMS / program), "-i", str(environment), *arguments]
        return subprocess.run(command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False)

    return run_it


def variables_of(run: Run) -> dict[str, Any]:
    told = json.loads(run("ansible-inventory", "--host", "web-2").stdout)
    return {name: value for name, value in told.items() if name != "ansible_local"}


def test_every_secret_below_the_path_is_a_variable_of_every_host_and_nothing_else_is(run: Run) -> None:
    assert variables_of(run) == {"vault_one": "{{ undefined }}", "vault_two": "hush-hush"}


def test_a_play_uses_them_as_they_are_and_shows_none(run: Run, tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY, encoding="utf-8")
    done = run("ansible-playbook", str(play), "-vvvv")

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("msg: 15\n") == 2
    assert "hush-hush" not in done.stdout + done.stderr


def test_a_run_ends_where_they_cannot_be_read_and_says_what_to_do(run: Run) -> None:
    done = run("ansible-inventory", "--list", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})

    assert done.returncode != 0
    assert "the secrets of /slipway/staging in eu-central-1 can't be read: Could not connect to the" in done.stderr
    assert "Log in to AWS (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)" in done.stderr


def test_an_environment_without_any_is_told_to_make_them(run: Run, environment: Path) -> None:
    file = environment / "ssm.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("/slipway/staging", "/slipway/moon"), encoding="utf-8")
    done = run("ansible-inventory", "--list")

    assert done.returncode != 0
    assert "there is no secret below /slipway/moon in eu-central-1: make secrets ENV=moon" in done.stderr

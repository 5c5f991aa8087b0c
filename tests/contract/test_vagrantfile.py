"""Vagrant itself reads the Vagrantfile: options are spelt right, and the machine is the one the inventory knows.

Nothing boots here: not the box, not a hypervisor, not the kernel.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.role_specs import read_yaml

ROOT = Path(__file__).resolve().parents[2]
# Vagrant asks VirtualBox for its version before it reads the provider's options, and for nothing else.
VBOXMANAGE = '#!/bin/sh\n[ "$1" = --version ] && echo 7.0.20r163906\n'
HOST = "slipway-local"

pytestmark = pytest.mark.skipif(not shutil.which("vagrant"), reason="vagrant isn't installed")


@pytest.fixture(name="environment")
def _environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment with VirtualBox's version and with state of its own, in a folder that goes away."""
    shim = tmp_path / "bin/VBoxManage"
    shim.parent.mkdir()
    shim.write_text(VBOXMANAGE)
    shim.chmod(0o755)
    return os.environ | {
        "PATH": f"{shim.parent}:{os.environ['PATH']}",
        "SLIPWAY_STATE": str(tmp_path / "state"),
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_DOTFILE_PATH": str(tmp_path / "dot"),
        "VAGRANT_HOME": str(tmp_path / "home"),
    }


def vagrant_validate(folder: Path, environment: dict[str, str], provider: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["vagrant", "validate"],
        cwd=folder,
        env=environment | {"VAGRANT_DEFAULT_PROVIDER": provider},
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def facts(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ruby", str(ROOT / "tests/vagrant/facts.rb"), str(folder)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def machine(environment: dict[str, str]) -> dict[str, Any]:
    done = facts(ROOT, environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert list(found) == [HOST]
    return dict(found[HOST])


@pytest.fixture(name="copy")
def _copy(tmp_path: Path) -> Path:
    """Return a folder with the Vagrantfile and what it refers to, to be spoilt."""
    folder = tmp_path / "copy"
    for name in ("Vagrantfile", "ansible.cfg", "tools/vagrant_admin.sh", "playbooks/site.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "inventories/local").mkdir(parents=True)
    return folder


def spoil(folder: Path, old: str, new: str) -> None:
    path = folder / "Vagrantfile"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def needs_provider(provider: str) -> None:
    if provider == "libvirt" and not list(Path("/usr/share/rubygems-integration/all/gems").glob("vagrant-libvirt-*")):
        pytest.skip("vagrant-libvirt isn't installed")


@pytest.mark.parametrize("provider", ["virtualbox", "libvirt"])
def test_the_provider_block_is_valid(environment: dict[str, str], provider: str) -> None:
    needs_provider(provider)

    done = vagrant_validate(ROOT, environment, provider)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("provider", ["virtualbox", "libvirt"])
def test_a_misspelt_option_is_found(copy: Path, environment: dict[str, str], provider: str) -> None:
    needs_provider(provider)
    spoil(copy, "vm.cpus = cpus", "vm.cpuz = cpus")

    done = vagrant_validate(copy, environment, provider)

    assert done.returncode != 0
    assert "cpuz" in done.stdout + done.stderr


def test_a_playbook_that_is_not_there_is_found(copy: Path, environment: dict[str, str]) -> None:
    (copy / "playbooks/site.yml").unlink()

    assert facts(copy, environment).stderr == f"{HOST}: playbooks/site.yml isn't there\n"


def test_an_impossible_address_is_found(copy: Path, environment: dict[str, str]) -> None:
    spoil(copy, "192.168.56.10", "192.168.56.310")

    assert "192.168.56.310 is no address" in facts(copy, environment).stderr


def test_the_machine_has_the_name_and_address_of_the_inventory(environment: dict[str, str]) -> None:
    hosts = read_yaml(ROOT / "inventories/local/hosts.yml")["all"]["hosts"]
    found = machine(environment)

    assert found["hostname"] == HOST
    assert {HOST: {"ansible_host": found["networks"][0]["ip"]}} == hosts


def test_it_converges_with_the_same_playbook_inventory_and_configuration_as_the_lab(
    environment: dict[str, str],
) -> None:
    ansible = machine(environment)["provisioners"][-1]

    assert (ansible["playbook"], ansible["inventory_path"]) == ("playbooks/site.yml", "inventories/local")
    assert ansible["config_file"] == "ansible.cfg"


def test_the_host_is_known_before_its_first_boot(environment: dict[str, str]) -> None:
    machine(environment)
    state = Path(environment["SLIPWAY_STATE"])

    assert re.fullmatch(r"192\.168\.56\.10 ssh-ed25519 \S+\n", (state / "known_hosts").read_text())


def test_its_keys_are_readable_by_their_owner_only(environment: dict[str, str]) -> None:
    machine(environment)
    state = Path(environment["SLIPWAY_STATE"])

    modes = {path.name: path.stat().st_mode & 0o777 for path in (state, state / "ssh_key", state / "vagrant_host_key")}
    assert modes == {"state": 0o700, "ssh_key": 0o600, "vagrant_host_key": 0o600}


def test_reading_it_again_keeps_the_keys_and_adds_no_line(environment: dict[str, str]) -> None:
    machine(environment)
    state = Path(environment["SLIPWAY_STATE"])
    before = {path.name: path.read_text() for path in state.iterdir()}

    machine(environment)

    assert {path.name: path.read_text() for path in state.iterdir()} == before

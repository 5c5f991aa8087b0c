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

from tests.lab import image, inventory
from tools.role_specs import read_yaml

ROOT = Path(__file__).resolve().parents[2]
# Vagrant asks VirtualBox for its version before it reads the provider's options, and for nothing else.
VBOXMANAGE = '#!/bin/sh\n[ "$1" = --version ] && echo 7.0.20r163906\n'
HOST = "slipway-local"
PROVIDERS = ["virtualbox", "libvirt", "vmware_desktop"]
NEEDED = ("Vagrantfile", "ansible.cfg", "playbooks/site.yml", "versions.yml")
SCRIPTS = ("tools/vagrant_admin.sh", "tools/vagrant_development.sh")
BOX = re.compile(r"bento/debian-(?P<number>\d+)|debian/(?P<codename>[a-z]+)64")

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


def facts(folder: Path, environment: dict[str, str], provider: str = "virtualbox") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ruby", str(ROOT / "tests/vagrant/facts.rb"), str(folder), provider],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def machine(environment: dict[str, str], provider: str = "virtualbox") -> dict[str, Any]:
    needs_provider(provider)
    done = facts(ROOT, environment, provider)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert list(found) == [HOST]
    return dict(found[HOST])


def provisioner(environment: dict[str, str], name: str) -> dict[str, Any]:
    return next(one for one in machine(environment)["provisioners"] if one["name"] == name)


@pytest.fixture(name="copy")
def _copy(tmp_path: Path) -> Path:
    """Return a folder with the Vagrantfile and what it refers to, to be spoilt."""
    folder = tmp_path / "copy"
    for name in (*NEEDED, *SCRIPTS):
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


@pytest.mark.parametrize("source", ["", "app"], ids=["as-production", "development"])
@pytest.mark.parametrize("provider", ["virtualbox", "libvirt"])
def test_the_provider_block_is_valid(environment: dict[str, str], provider: str, source: str) -> None:
    needs_provider(provider)

    done = vagrant_validate(ROOT, environment | {"SLIPWAY_DEV": source}, provider)

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


def test_the_machine_is_the_one_that_the_lab_boots_of_that_inventory(environment: dict[str, str]) -> None:
    found = machine(environment)
    wanted = inventory.read(str(ROOT / provisioner(environment, "site")["inventory_path"]))

    assert {found["hostname"]: found["networks"][0]["ip"]} == {name: str(at) for name, at in wanted.hosts.items()}
    assert [network["kind"] for network in found["networks"]] == ["private_network"]


def test_its_groups_are_those_of_the_inventory(environment: dict[str, str]) -> None:
    site = provisioner(environment, "site")
    groups = read_yaml(ROOT / site["inventory_path"] / "hosts.yml")["all"]["children"]

    assert (site["limit"], site["groups"]) == (HOST, {})
    assert sorted(groups) == ["app", "db", "edge", "monitoring"]
    assert {name for group in groups.values() for name in group["hosts"]} == {HOST}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_its_box_is_of_the_release_of_the_lab_s_image(environment: dict[str, str], provider: str) -> None:
    versions = read_yaml(ROOT / "versions.yml")["versions"]
    box = BOX.fullmatch(machine(environment, provider)["box"])
    suites = {source.split()[2].partition("-")[0] for source in image.host_recipe().sources}

    assert box is not None
    assert box["number"] in {None, versions["debian"]}
    assert {box["codename"] or versions["debian_codename"]} == suites


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_has_room_for_a_host_of_1_gib_and_no_more_than_a_laptop_spares(
    environment: dict[str, str], provider: str
) -> None:
    settings = read_yaml(ROOT / "inventories/local/group_vars/all/main.yml")
    size = machine(environment, provider)["size"]

    assert settings["postgresql_host_memory_mb"] <= size["memory"] <= 2048
    assert size["cpus"] == 2


def test_it_converges_with_the_same_playbook_inventory_and_configuration_as_the_lab(
    environment: dict[str, str],
) -> None:
    ansible = provisioner(environment, "site")

    assert (ansible["playbook"], ansible["inventory_path"]) == ("playbooks/site.yml", "inventories/local")
    assert ansible["config_file"] == "ansible.cfg"


def test_what_stands_outside_is_there_before_it_converges(environment: dict[str, str]) -> None:
    names = [one["name"] for one in machine(environment)["provisioners"]]

    assert names == ["host key", "admin", "outside", "site", "development"]


def test_unless_asked_for_it_shares_no_folder_and_runs_what_was_released(environment: dict[str, str]) -> None:
    assert machine(environment)["folders"] == []
    assert provisioner(environment, "development")["args"][0] == "off"


@pytest.mark.parametrize(("provider", "kind"), [*zip(PROVIDERS, [None, "rsync", None], strict=True)])
def test_for_development_it_shares_the_source_and_runs_that(
    environment: dict[str, str], provider: str, kind: str | None
) -> None:
    environment["SLIPWAY_DEV"] = "app"
    (folder,) = machine(environment, provider)["folders"]

    assert (folder["hostpath"], folder.get("type")) == ("app", kind)
    assert provisioner(environment, "development")["args"] == ["on", folder["guestpath"]]


def test_a_folder_that_is_no_source_of_mailroom_is_refused(environment: dict[str, str]) -> None:
    done = facts(ROOT, environment | {"SLIPWAY_DEV": "docs"})

    assert done.returncode == 1
    assert done.stderr == "SLIPWAY_DEV is docs: it must be the folder of Mailroom's source, such as app\n"


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

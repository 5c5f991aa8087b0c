"""What an Ansible inventory says about a lab: its hosts, and whether it wants the simulated AWS."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from tests.lab.address import parse, subnet_of
from tests.lab.command import tail
from tests.lab.errors import LabError
from tests.lab.naming import CHECKOUT, checked_host


@dataclass(frozen=True)
class Wanted:
    """The hosts a lab should have, by name, and whether it should simulate AWS."""

    hosts: dict[str, IPv4Address]
    simulated_aws: bool = False


def read(path: str) -> Wanted:
    """Return what the inventory at `path` asks for.

    Raises LabError when ansible-inventory can't read it, or a host in it has no usable address.
    """
    if not Path(path).exists():
        raise LabError(f"there is no inventory {path}")
    program = Path(sys.executable).with_name("ansible-inventory")
    found = str(program) if program.exists() else shutil.which("ansible-inventory")
    if found is None:
        raise LabError(f"ansible-inventory not found beside {sys.executable}; use the .venv that `make up` makes")
    argv = [found, "--inventory", str(Path(path).absolute()), "--playbook-dir", str(CHECKOUT / "playbooks"), "--list"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=CHECKOUT)
    if done.returncode:
        raise LabError(f"ansible-inventory can't read {path}:\n{tail(done.stderr)}")
    return from_listing(json.loads(done.stdout), path)


def from_listing(listing: dict[str, Any], path: str) -> Wanted:
    """Return what `ansible-inventory --list` printed, as hosts and addresses."""
    variables: dict[str, dict[str, Any]] = listing["_meta"]["hostvars"]
    groups = [group for name, group in listing.items() if name != "_meta"]
    names = sorted({host for group in groups for host in group.get("hosts", [])} | set(variables))
    if not names:
        raise LabError(f"inventory {path} names no host")
    pairs = []
    for name in names:
        address = variables.get(name, {}).get("ansible_host")
        if address is None:
            raise LabError(f"host {name} in {path} has no ansible_host, the address that the lab boots it at")
        pairs.append((name, str(address)))
    return Wanted(checked(pairs), any(values.get("slipway_simulated_aws") is True for values in variables.values()))


def from_arguments(words: list[str]) -> Wanted:
    """Return hosts written as `name=address`."""
    pairs = []
    for word in words:
        name, equals, address = word.partition("=")
        if not equals:
            raise LabError(f"--hosts takes name=address, not {word!r}")
        pairs.append((name, address))
    return Wanted(checked(pairs))


def checked(pairs: list[tuple[str, str]]) -> dict[str, IPv4Address]:
    """Return hosts by name; LabError for a bad name, a bad address, or one that two hosts have."""
    hosts: dict[str, IPv4Address] = {}
    for name, text in pairs:
        address = parse(text, name)
        subnet_of(address)
        twin = next((other for other, taken in hosts.items() if taken == address), None)
        if twin is not None:
            raise LabError(f"{address} is the address of both {twin} and {name}")
        hosts[checked_host(name)] = address
    return hosts

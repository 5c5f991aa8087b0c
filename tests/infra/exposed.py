"""Writes monitoring/dashboards/exposed.txt: the names of all metrics that the hosts of an environment expose.

Usage: SLIPWAY_ENVIRONMENT=local python -m tests.infra.exposed [--add]
Its Prometheus is asked, so it must have seen traffic and a release. With --add, names that it doesn't know stay: a
metric that only a fault brings, or one of an environment with other roles.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import testinfra

from tests.environment import ROOT, environment_under_test
from tests.infra.api import PROMETHEUS, asked

if TYPE_CHECKING:
    from testinfra.host import Host

FILE = ROOT / "monitoring/dashboards/exposed.txt"


def listed() -> set[str]:
    """Return the names on the list."""
    return set(FILE.read_text(encoding="utf-8").split())


def known(host: Host) -> set[str]:
    """Return the names that a monitoring host's Prometheus knows, without those that it records itself."""
    names = asked(host, f"{PROMETHEUS}/api/v1/label/__name__/values")["data"]
    return {name for name in names if ":" not in name}


def write(names: Iterable[str]) -> None:
    """Write the list, a name a line."""
    FILE.write_text("".join(f"{name}\n" for name in sorted(set(names))), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Ask every monitoring host, and write what they know."""
    parser = argparse.ArgumentParser(prog="python -m tests.infra.exposed", description=__doc__)
    parser.add_argument("--add", action="store_true", help="keep the names that are on the list already")
    names = listed() if parser.parse_args(arguments).add else set()
    with tempfile.TemporaryDirectory() as folder:
        inventory = Path(folder) / "hosts.yml"
        inventory.write_text(json.dumps(environment_under_test().inventory(Path(folder))), encoding="utf-8")
        for host in testinfra.get_hosts(["ansible://monitoring"], ansible_inventory=str(inventory)):
            names |= known(host)
    write(names)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

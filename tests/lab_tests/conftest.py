"""Labs for the tests: names of their own, and gone afterwards even if the tests are killed."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab import naming
from tests.lab.naming import CHECKOUT, Lab

_numbers = itertools.count()


@dataclass(frozen=True)
class Commands:
    """The lab's command line, for one lab."""

    lab: Lab

    def argv(self, verb: str, *words: str) -> list[str]:
        """Return the command for a verb of this lab."""
        return [sys.executable, "-m", "tests.lab", verb, "--name", self.lab.name, *words]

    def __call__(self, verb: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a verb, and return what it said and its exit code."""
        return subprocess.run(
            self.argv(verb, *words), capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=120
        )

    def must(self, verb: str, *words: str) -> str:
        """Run a verb that has to succeed, and return its standard output."""
        done = self(verb, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self, *words: str) -> str:
        """Bring the lab up for as long as this test process lives."""
        return self.must("up", "--owner", str(os.getpid()), *words)

    def ssh(self, host: str, *command: str) -> str:
        """Run a command on a host, and return its output without the last line break."""
        return self.must("ssh", host, *command).rstrip("\n")


def leftovers(lab: Lab) -> list[str]:
    """Return what is left of a lab on the machine: should be nothing."""
    places = [lab.state, lab.run, lab.roots, lab.namespace, lab.lock]
    found = [str(place) for place in places if place.exists()]
    cgroups = subprocess.run(
        ["find", "/sys/fs/cgroup", "-maxdepth", "2", "-name", f"{lab.label}@*"],
        capture_output=True,
        text=True,
        check=True,
    )
    processes = subprocess.run(
        ["pgrep", "-af", f"{naming.ROOTS}/{lab.name}/"], capture_output=True, text=True, check=False
    )
    disks = subprocess.run(["losetup", "--list"], capture_output=True, text=True, check=True)
    held = [line for line in disks.stdout.splitlines() if f"{lab.roots}/" in line]
    return found + cgroups.stdout.split() + processes.stdout.splitlines() + held


@pytest.fixture(scope="session", autouse=True)
def _as_root() -> None:
    """Skip where no lab can be."""
    if os.geteuid() != 0:
        pytest.skip("the lab needs root; CI runs this as root")


def _fresh() -> Iterator[Commands]:
    """Yield a lab that isn't up yet, under a name that nobody has."""
    commands = Commands(Lab(f"t{os.getpid()}-{next(_numbers)}"))
    yield commands
    commands.must("down")
    assert leftovers(commands.lab) == []


@pytest.fixture(name="lab")
def _lab() -> Iterator[Commands]:
    """Yield a lab of this test's own."""
    yield from _fresh()


@pytest.fixture(name="other")
def _other() -> Iterator[Commands]:
    """Yield a second lab of this test's own."""
    yield from _fresh()


@pytest.fixture(name="module_lab", scope="module")
def _module_lab() -> Iterator[Commands]:
    """Yield a lab that the tests of a module share."""
    yield from _fresh()


@pytest.fixture(name="pair", scope="module")
def _pair(module_lab: Commands) -> Commands:
    """Return the module's lab with hosts `left` and `right`."""
    module_lab.up("--hosts", "left=192.168.56.31", "right=10.20.0.32")
    return module_lab

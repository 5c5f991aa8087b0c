"""The machine through its life: brought up and provisioned again, in some commits also released to and developed on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.naming import Lab
from tests.mailroom_source import copy_of_source
from tests.playing import Played
from tests.turns import is_due
from tests.vagrant import virtual
from tests.vagrant.virtual import VirtualMachine
from tools.phases import Phases
from tools.site import Client
from tools.up import addresses, bring_up, send_first_message


@pytest.fixture(scope="session")
def machine(lab: str) -> Iterator[VirtualMachine]:
    """Return the machine, which isn't there yet; in the end it's gone."""
    if not shutil.which("vagrant"):
        pytest.skip("vagrant isn't installed")
    machine = VirtualMachine(Lab(lab), Path(os.environ["SLIPWAY_STATE"]))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in machine.prepare().items():
            patch.setenv(name, value)
        yield machine
        if machine.leftovers():
            machine.vagrant("destroy", "--force")


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of Mailroom's source, in which tests save files."""
    return copy_of_source(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def developed(request: pytest.FixtureRequest) -> Path | None:
    """Return the folder that the machine is developed in, None where this run plays no test of that."""
    if is_due(virtual.DEVELOPED) and any("phases" in getattr(one, "fixturenames", ()) for one in request.session.items):
        return Path(request.getfixturevalue("source"))
    return None


@pytest.fixture(scope="session")
def up(machine: VirtualMachine, developed: Path | None) -> Played:
    """Run `vagrant up`, for development where that comes after."""
    return machine.must("up", source=developed)


@pytest.fixture(scope="session")
def phases(machine: VirtualMachine, up: Played, source: Path) -> Phases:
    """Do what `make up` does for development where Vagrant is its way, on the machine that is up; return its phases."""
    assert up.code == 0
    phases = Phases(machine.state / "logs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_DEV", str(source))
        bring_up(phases, machine.state, vagrant=True)
    send_first_message(phases, machine.state)
    return phases


@pytest.fixture(scope="session")
def again(machine: VirtualMachine, up: Played, request: pytest.FixtureRequest, developed: Path | None) -> Played:
    """Provision the machine once more; `make up` has done that, where it went on."""
    assert up.code == 0
    if developed is None:
        return machine.must("provision")
    phases: Phases = request.getfixturevalue("phases")
    output = (phases.logs / "converge.log").read_text(encoding="utf-8")
    return Played(0, output, phases.seconds["converge"])


@pytest.fixture(scope="session")
def site(machine: VirtualMachine) -> Client:
    """Return a client of the site."""
    return Client(f"https://{addresses()[1]}", machine.certificate)

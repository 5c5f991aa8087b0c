"""The unmodified Vagrantfile: `vagrant up`, `provision`, `destroy`.

Vagrant itself does all of it. In place of a hypervisor a container boots: tests/vagrant/README.md says what isn't seen.
"""

from __future__ import annotations

import pytest

from tests.figures import Figures
from tests.lab import world
from tests.playing import RECAP, Played
from tests.vagrant.virtual import VirtualMachine
from tools.up import addresses

pytestmark = pytest.mark.timeout(3600)


def test_one_command_boots_and_converges_the_machine(up: Played, figures: Figures) -> None:
    figures.say("vagrant up, in a container", f"{up.seconds:.0f} s")
    recap = {found["host"]: int(found["unreachable"]) for found in RECAP.finditer(up.output)}

    assert recap == {addresses()[0]: 0}
    assert up.changed > 0


def test_it_has_the_name_that_the_vagrantfile_gives_it(machine: VirtualMachine, up: Played) -> None:
    assert up.code == 0
    assert machine.ssh("hostname") == f"{addresses()[0]}\n"


def test_admin_logs_in_with_the_key_of_the_environment_at_a_host_known_beforehand(
    machine: VirtualMachine, up: Played
) -> None:
    assert up.code == 0
    assert machine.ssh("id --user --name; sudo id --user") == "admin\n0\n"


def test_the_key_of_vagrant_s_boxes_that_everybody_has_opens_nothing(machine: VirtualMachine, up: Played) -> None:
    assert up.code == 0
    keys = machine.ssh("sudo cat /home/vagrant/.ssh/authorized_keys").splitlines()

    assert len(keys) == 1
    assert "insecure" not in keys[0]


def test_provisioning_again_changes_nothing(again: Played, figures: Figures) -> None:
    figures.say("vagrant provision again, in a container", f"{again.seconds:.0f} s")

    assert RECAP.search(again.output)
    assert again.changed == 0, again.changes


def test_destroy_leaves_nothing(machine: VirtualMachine, up: Played, figures: Figures) -> None:
    assert up.code == 0
    destroyed = machine.must("destroy", "--force")

    figures.say("vagrant destroy, in a container", f"{destroyed.seconds:.0f} s")
    assert machine.leftovers() == []
    assert world.running(machine.lab) is None
    assert f",{addresses()[0]},state,not_created" in machine.must("status", "--machine-readable").output

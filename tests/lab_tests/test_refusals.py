"""What the lab refuses: each with exit code 2 and a message that says what to do."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import image
from tests.lab.command import root_namespace
from tests.lab.errors import LabError
from tests.lab.naming import CHECKOUT
from tests.lab_tests.conftest import Commands, leftovers

# The machine's own network may have what these tests need to be free or taken: they bring a network of their own.
_OWN_NETWORK = ["unshare", "--net"]


def _refusal(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) <= 4
    return done.stderr


def _with_network(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script with a network namespace of its own as the machine's network."""
    return subprocess.run(
        [*_OWN_NETWORK, "sh", "-euc", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        timeout=120,
    )


def _shell(lab: Commands, verb: str, *words: str) -> str:
    return " ".join(lab.argv(verb, *words))


def test_somebody_who_isnt_root_is_told_so(lab: Commands) -> None:
    script = (
        "import os, sys; from tests.lab import cli; os.setuid(65534); "
        f"sys.exit(cli.main(['up', '--name', '{lab.lab.name}', '--hosts', 'a=192.168.56.31']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert "needs root" in _refusal(done)


def test_a_host_that_isnt_there_is_named_with_those_that_are(pair: Commands) -> None:
    said = _refusal(pair("ssh", "nobody", "true"))
    assert "has no host 'nobody'; its hosts: left, right" in said


def test_an_address_that_a_host_of_the_lab_has_is_refused(pair: Commands) -> None:
    assert "192.168.56.31 is taken by host left" in _refusal(pair("up", "--hosts", "twin=192.168.56.31"))


def test_a_host_that_would_move_is_refused(pair: Commands) -> None:
    assert "host left is at 192.168.56.31 already" in _refusal(pair("up", "--hosts", "left=192.168.56.40"))


def test_a_refused_host_leaves_nothing_behind(lab: Commands) -> None:
    _refusal(lab("up", "--hosts", "far=172.16.0.1"))
    assert leftovers(lab.lab) == []


def test_an_inventory_that_isnt_there_is_refused(lab: Commands) -> None:
    assert "there is no inventory inventories/nowhere" in _refusal(lab("up", "--inventory", "inventories/nowhere"))


def test_an_inventory_that_ansible_cant_read_is_refused_with_what_ansible_says(lab: Commands, tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "hosts.yml").write_text("all: {hosts: {a: {ansible_host: 10.20.0.5}}}\n")
    (tmp_path / "group_vars" / "all.yml").write_text("broken: [\n")
    assert "ansible-inventory can't read" in _refusal(lab("up", "--inventory", str(tmp_path)))


def test_a_lab_of_another_checkout_is_refused(pair: Commands, tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    script = (
        "import sys; from pathlib import Path; from tests.lab import control; from tests.lab.naming import Lab; "
        f"control.down(Lab('{pair.lab.name}', Path('{tmp_path}')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert f"in {CHECKOUT}; take it down from there" in done.stderr


def test_a_network_that_the_machine_has_a_route_to_cant_be_exposed(lab: Commands) -> None:
    taken = "ip link add taken type veth peer name end; ip link set taken up; ip link set end up"
    up = _shell(lab, "up", "--hosts", "a=10.30.0.31", "--expose")
    script = f"{taken}; ip address add 10.30.0.9/16 dev taken; {up}"
    said = _refusal(_with_network(script))
    assert "10.30.0.0/16 can't be exposed: the machine already has a route to 10.30.0.0/16 on taken" in said


def test_a_network_that_another_lab_exposes_cant_be_exposed(lab: Commands, other: Commands) -> None:
    script = f"{_shell(lab, 'up', '--expose')} && {_shell(other, 'up', '--expose')}"
    assert f"192.168.56.0/24 is exposed by lab '{lab.lab.name}'" in _with_network(script).stderr


def test_an_exposed_lab_is_reached_by_the_machines_own_programs(lab: Commands) -> None:
    probe = 'import socket; print(socket.create_connection((\\"192.168.56.31\\", 22), 5).recv(4))'
    up = _shell(lab, "up", "--hosts", "a=192.168.56.31", "--expose")
    done = _with_network(f'{up} && {sys.executable} -c "{probe}"')
    assert done.stdout.strip() == "b'SSH-'", done.stderr


def test_a_firewall_that_forwards_nothing_is_opened_for_the_lab_and_closed_again(lab: Commands) -> None:
    table = (
        "nft add table ip guard; nft 'add chain ip guard fence { type filter hook forward priority 0; policy drop; }'"
    )
    script = (
        f"{table}; {_shell(lab, 'up')}; echo up; nft list chain ip guard fence; "
        f"{_shell(lab, 'down')}; echo down; nft list chain ip guard fence"
    )
    during, after = _with_network(script).stdout.split("down\n")
    assert during.count(f'accept comment "{lab.lab.label}"') == 2
    assert "accept" not in after.replace("policy drop", "")


def test_forwarding_is_switched_on_until_the_last_lab_is_down(lab: Commands) -> None:
    forwarding = "/proc/sys/net/ipv4/ip_forward"
    shown = f"cat {forwarding}"
    done = _with_network(f"echo 0 > {forwarding}; {_shell(lab, 'up')}; {shown}; {_shell(lab, 'down')}; {shown}")
    assert done.stdout == "1\n0\n"
    assert "ip_forward was 0" in done.stderr


@pytest.fixture(name="broken")
def _broken() -> Iterator[image.Recipe]:
    """Yield a recipe that can't be built."""
    recipe = image.Recipe("test", ("systemd",), sources=("deb http://127.0.0.1:9/debian trixie main",))
    yield recipe
    for path in recipe.path.parent.glob(f"*{recipe.name}*"):
        subprocess.run(["rm", "-rf", str(path)], check=True)


def test_an_image_that_cant_be_built_is_refused_with_the_end_of_the_log(broken: image.Recipe) -> None:
    with pytest.raises(LabError, match="building the image failed") as refusal:
        image.ensure(broken)
    assert "127.0.0.1:9" in str(refusal.value)
    assert not broken.path.exists()


def test_the_machines_network_is_that_of_the_nearest_parent_outside_of_labs() -> None:
    assert root_namespace().exists()
    assert str(root_namespace().readlink()).startswith("net:")

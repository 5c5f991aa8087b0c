"""Names of labs, and of what they own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.errors import LabError
from tests.lab.naming import Lab, checked_host, named_lab, uplink_interface

_NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize("name", ["", "-a", "a/b", "..", "A", "1a", "a" * 40])
def test_a_bad_lab_name_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="is no name for a lab"):
        named_lab(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "../x", "A", "a" * 64])
def test_a_bad_host_name_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="is no host name"):
        checked_host(name)


def test_the_state_of_a_lab_is_in_its_checkout() -> None:
    assert Lab("local", Path("/code")).state == Path("/code/.slipway/local")


def test_the_control_group_of_one_lab_is_no_prefix_of_anothers() -> None:
    assert not Lab("a-b").cgroup("c").startswith(Lab("a").cgroup(""))


@given(_NAMES)
def test_a_machine_name_leaves_room_for_its_interface(host: str) -> None:
    assert len("vb-" + Lab("local").machine(host)) <= 15


def test_machines_of_two_labs_have_different_names() -> None:
    assert Lab("one").machine("slipway-local") != Lab("two").machine("slipway-local")


def test_uplink_names_fit_the_kernels_15_characters() -> None:
    assert len(uplink_interface(199)) <= 15

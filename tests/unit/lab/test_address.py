"""Addresses and subnets of the lab."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.address import SUBNETS, UPLINKS, free_uplink, parse, subnet_of, uplink
from tests.lab.errors import LabError


@pytest.mark.parametrize(
    ("address", "gateway", "bridge"),
    [
        ("192.168.56.10", "192.168.56.1", "br-192-168-56"),
        ("10.20.3.4", "10.20.0.1", "br-10-20"),
        ("10.30.255.254", "10.30.0.1", "br-10-30"),
    ],
)
def test_a_host_address_has_its_subnets_gateway_and_bridge(address: str, gateway: str, bridge: str) -> None:
    subnet = subnet_of(IPv4Address(address))
    assert (str(subnet.gateway), subnet.bridge) == (gateway, bridge)


def test_an_interface_address_carries_the_prefix_length() -> None:
    assert SUBNETS[1].interface(IPv4Address("10.20.0.7")) == "10.20.0.7/16"


def test_interface_names_fit_the_kernels_15_characters() -> None:
    assert all(len(subnet.bridge) <= 15 for subnet in SUBNETS)


def test_an_address_outside_of_all_subnets_is_refused_with_the_subnets() -> None:
    with pytest.raises(LabError, match=r"172\.16\.0\.1 is in no subnet.*192\.168\.56\.0/24"):
        subnet_of(IPv4Address("172.16.0.1"))


@pytest.mark.parametrize("address", ["192.168.56.0", "192.168.56.1", "192.168.56.255", "10.20.0.1"])
def test_network_gateway_and_broadcast_are_no_hosts_address(address: str) -> None:
    with pytest.raises(LabError, match="is not a host's"):
        subnet_of(IPv4Address(address))


@pytest.mark.parametrize("text", ["", "10.20.0", "host", "10.20.0.300", "10.20.0.1/16"])
def test_what_is_no_address_is_refused_with_the_hosts_name(text: str) -> None:
    with pytest.raises(LabError, match=r"host web: .* is not an IPv4 address"):
        parse(text, "web")


def test_ipv6_is_refused() -> None:
    with pytest.raises(LabError, match="IPv4 only"):
        parse("fd00::1", "web")


def test_the_lowest_free_uplink_is_taken() -> None:
    assert free_uplink([uplink(0), uplink(1), uplink(3)]) == 2


def test_an_uplink_inside_of_a_taken_network_is_not_free() -> None:
    assert free_uplink([IPv4Network("100.64.0.0/18")]) == 64


def test_a_default_route_takes_no_uplink() -> None:
    assert free_uplink([IPv4Network("0.0.0.0/0")]) == 0


def test_no_free_uplink_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(LabError, match="bring some labs down"):
        free_uplink([IPv4Network("100.64.0.0/10")])


@given(st.sets(st.integers(0, UPLINKS - 1), max_size=UPLINKS - 1))
def test_a_free_uplink_overlaps_none_that_is_taken(taken: set[int]) -> None:
    assert free_uplink(uplink(number) for number in taken) not in taken

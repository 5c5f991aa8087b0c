"""What an inventory asks of the lab."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.lab.errors import LabError
from tests.lab.inventory import from_arguments, from_listing


def _listing(**hosts: dict[str, Any]) -> dict[str, Any]:
    return {"_meta": {"hostvars": hosts}, "app": {"hosts": list(hosts)}}


def test_every_host_is_wanted_at_its_ansible_host() -> None:
    wanted = from_listing(_listing(one={"ansible_host": "10.20.0.5"}, two={"ansible_host": "10.20.0.6"}), "inv")
    assert wanted.hosts == {"one": IPv4Address("10.20.0.5"), "two": IPv4Address("10.20.0.6")}


def test_the_simulated_aws_is_wanted_when_a_variable_says_so() -> None:
    host = {"ansible_host": "10.20.0.5", "slipway_simulated_aws": True}
    assert from_listing(_listing(one=host), "inv").simulated_aws


def test_the_simulated_aws_is_not_wanted_otherwise() -> None:
    assert not from_listing(_listing(one={"ansible_host": "10.20.0.5"}), "inv").simulated_aws


def test_a_host_without_an_address_is_refused_with_its_name() -> None:
    with pytest.raises(LabError, match="host one in inv has no ansible_host"):
        from_listing({"_meta": {"hostvars": {}}, "app": {"hosts": ["one"]}}, "inv")


def test_an_inventory_without_hosts_is_refused() -> None:
    with pytest.raises(LabError, match="inventory inv names no host"):
        from_listing({"_meta": {"hostvars": {}}, "app": {}}, "inv")


def test_hosts_are_written_as_name_and_address() -> None:
    assert from_arguments(["web=192.168.56.10"]).hosts == {"web": IPv4Address("192.168.56.10")}


def test_a_host_without_an_equals_sign_is_refused() -> None:
    with pytest.raises(LabError, match="takes name=address, not 'web'"):
        from_arguments(["web"])


def test_one_address_for_two_hosts_is_refused_with_both_names() -> None:
    with pytest.raises(LabError, match=r"10\.20\.0\.5 is the address of both a and b"):
        from_arguments(["a=10.20.0.5", "b=10.20.0.5"])

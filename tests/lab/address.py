"""Addresses: which subnets a lab can have, who their gateway is, and what is taken already."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address

from tests.lab.errors import LabError

UPLINKS = 200  # 100.64.0.0/30 to 100.64.199.0/30, of the range that RFC 6598 keeps for such links


@dataclass(frozen=True)
class Subnet:
    """A network of the lab; its bridge is the gateway of the hosts."""

    network: IPv4Network

    @property
    def gateway(self) -> IPv4Address:
        """Return the first address: the lab's own, where the simulated AWS answers too."""
        return self.network.network_address + 1

    @property
    def bridge(self) -> str:
        """Name of the bridge interface, at most 15 characters."""
        octets = str(self.network.network_address).split(".")[: self.network.prefixlen // 8]
        return "br-" + "-".join(octets)

    def interface(self, address: IPv4Address) -> str:
        """Return an address in this subnet with its prefix length, as `ip` and networkd write it."""
        return f"{address}/{self.network.prefixlen}"


SUBNETS = tuple(Subnet(IPv4Network(text)) for text in ("192.168.56.0/24", "10.20.0.0/16", "10.30.0.0/16"))


def subnet_of(address: IPv4Address) -> Subnet:
    """Return the lab subnet that holds an address.

    Raises LabError for an address that no lab host can have.
    """
    for subnet in SUBNETS:
        if address in subnet.network:
            if address in {subnet.gateway, subnet.network.network_address, subnet.network.broadcast_address}:
                raise LabError(f"{address} is not a host's: {subnet.gateway} is the gateway of {subnet.network}")
            return subnet
    known = ", ".join(str(subnet.network) for subnet in SUBNETS)
    raise LabError(f"{address} is in no subnet of the lab; choose one in {known}")


def parse(text: str, host: str) -> IPv4Address:
    """Return the address written for a host.

    Raises LabError when it isn't an IPv4 address.
    """
    try:
        address = ip_address(text)
    except ValueError:
        raise LabError(f"host {host}: {text!r} is not an IPv4 address") from None
    if not isinstance(address, IPv4Address):
        raise LabError(f"host {host}: {text} is IPv6; the lab speaks IPv4 only")
    return address


def uplink(number: int) -> IPv4Network:
    """Return the network of an uplink: .1 is the machine's end, .2 the lab's."""
    return IPv4Network(f"100.64.{number}.0/30")


def free_uplink(taken: Iterable[IPv4Network]) -> int:
    """Return the lowest uplink number whose network overlaps none that is taken.

    Raises LabError when there is none.
    """
    networks = [network for network in taken if network.prefixlen > 0]
    for number in range(UPLINKS):
        if not any(uplink(number).overlaps(network) for network in networks):
            return number
    raise LabError(f"all {UPLINKS} uplinks (100.64.N.0/30) are taken; bring some labs down")

"""The kernel's table that sends each new connection to a place on to an app host.

A connection keeps the host that it began with. The whole text is one transaction (nft(8)): there is no moment with half
of it. The firewall's own table is another's, and isn't touched.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

NAME = "slipway_places"
MAP = "hosts"
NFT = "/usr/sbin/nft"
Places = Mapping[tuple[str, int], str]

TEXT = """\
table ip {name} {{
  map {map} {{ type ipv4_addr . inet_service : ipv4_addr; }}
  chain lead {{ type nat hook output priority -100; policy accept; }}
  chain come_from {{ type nat hook postrouting priority 100; policy accept; }}
  chain refuse {{ type filter hook output priority 0; policy accept; }}
}}
flush chain ip {name} lead
flush chain ip {name} come_from
flush chain ip {name} refuse
flush map ip {name} {map}
add rule ip {name} lead dnat to ip daddr . tcp dport map @{map}
add rule ip {name} come_from ct original ip daddr {network} masquerade
add rule ip {name} refuse ip daddr {network} meta l4proto tcp reject with tcp reset
add element ip {name} {map} {{ {elements} }}
"""


class TableError(Exception):
    """The kernel didn't take the table. The message says what nft said."""


def text(network: str, places: Places) -> str:
    """Return the text for nft that has places lead to hosts.

    A place that leads nowhere refuses at once, so that nginx goes on to the next. What goes out has the address that
    this host has on the way to the app host, wherever its default route leads.

    Args:
        network: the network of all places.
        places: the host of each place and port.
    """
    elements = ", ".join(f"{place} . {port} : {host}" for (place, port), host in places.items())
    return TEXT.format(name=NAME, map=MAP, network=network, elements=elements)


def put(network: str, places: Places) -> None:
    """Have the kernel lead so from now on.

    Raises:
        TableError: it doesn't; all is as it was before.
    """
    _nft("-f", "-", told=text(network, places))


def is_there() -> bool:
    """Return whether the kernel has the table; whoever flushes all rules takes it away."""
    try:
        _nft("list", "map", "ip", NAME, MAP)
    except TableError:
        return False
    return True


def _nft(*arguments: str, told: str = "") -> None:
    try:
        done = subprocess.run([NFT, *arguments], input=told, text=True, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TableError(f"nft: {error}") from None
    if done.returncode != 0:
        raise TableError(f"nft: {done.stderr.strip()}")

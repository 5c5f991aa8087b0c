"""The network of a lab: its namespace, its bridges, and its way out to the world."""

import json
import time
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

from tests.lab import files, firewall, naming
from tests.lab.address import Subnet, free_uplink, uplink
from tests.lab.command import in_root, inside, root_namespace, root_number, run, succeeds
from tests.lab.errors import LabError
from tests.lab.naming import Lab, uplink_interface
from tests.lab.progress import note
from tests.lab.record import Record, every

_UPLINK = "uplink"
_FORWARDING = "net.ipv4.ip_forward"


def _table(name: str, rule: str) -> str:
    """Return an nftables script that makes a table with one masquerade rule, in place of an older one."""
    chain = f"chain post {{ type nat hook postrouting priority srcnat; {rule} masquerade; }}"
    return f"table ip {name}\ndelete table ip {name}\ntable ip {name} {{\n{chain}\n}}\n"


def exists(lab: Lab) -> bool:
    """Whether the lab's namespace is there and is one (after a crash of `ip netns add` it may be a plain file)."""
    return succeeds(inside(lab.namespace, ["true"]))


def in_lab(lab: Lab, argv: list[str], *, stdin: str | None = None) -> str:
    """Run a command in the lab's namespace."""
    return run(inside(lab.namespace, argv), stdin=stdin)


def taken_networks() -> list[IPv4Network]:
    """Return every network that the machine has an address in or a route to, but for the default route."""
    found = [
        IPv4Interface(f"{entry['local']}/{entry['prefixlen']}").network
        for link in json.loads(in_root(["ip", "-j", "-4", "address", "show"]))
        for entry in link.get("addr_info", [])
    ]
    return found + [network for network, _ in routes()]


def routes() -> list[tuple[IPv4Network, str]]:
    """Return the machine's routes with what they lead to, but for the default route."""
    rows: list[dict[str, Any]] = json.loads(in_root(["ip", "-j", "-4", "route", "show"]))
    return [(IPv4Network(row["dst"]), row.get("dev", "?")) for row in rows if row["dst"] != "default"]


def create(record: Record) -> None:
    """Make the namespace and its uplink, and note in the record which uplink, and that it is whole."""
    lab = record.lab
    delete(record)
    record.machine = root_number()
    run(["ip", "netns", "add", lab.label])
    in_lab(lab, ["ip", "link", "set", "lo", "up"])
    with files.locked(naming.RUN / "uplink.lock"):
        others = [uplink(other.uplink) for other in every() if other.uplink is not None]
        number = free_uplink(taken_networks() + others)
        record.uplink = number
        record.save()
        _connect(lab, number)
    _forward()
    firewall.let_through(lab, uplink_interface(number))
    record.whole = True
    record.save()


def _connect(lab: Lab, number: int) -> None:
    """Lay the uplink, and translate addresses on both ends of it."""
    machine, inner = uplink(number).hosts()
    outer = uplink_interface(number)
    in_root(["ip", "link", "add", outer, "type", "veth", "peer", "name", _UPLINK, "netns", lab.label])
    in_root(["ip", "address", "add", f"{machine}/30", "dev", outer])
    in_root(["ip", "link", "set", outer, "up"])
    in_lab(lab, ["ip", "address", "add", f"{inner}/30", "dev", _UPLINK])
    in_lab(lab, ["ip", "link", "set", _UPLINK, "up"])
    in_lab(lab, ["ip", "route", "add", "default", "via", str(machine)])
    in_lab(lab, ["sysctl", "-qw", f"{_FORWARDING}=1"])
    in_lab(lab, ["nft", "-f", "-"], stdin=_table(lab.label, f'oifname "{_UPLINK}"'))
    in_root(["nft", "-f", "-"], stdin=_table(lab.label, f"ip saddr {uplink(number)}"))


def _forward() -> None:
    """Let the machine forward packets; `release_forwarding` undoes it."""
    if in_root(["sysctl", "-n", _FORWARDING]).strip() == "0":
        in_root(["sysctl", "-qw", f"{_FORWARDING}=1"])
        files.write(_forwarding_marker(), "")
        note(f"{_FORWARDING} was 0; it is 1 until the last lab is down")


def _forwarding_marker() -> Path:
    """Return the file that says that a lab switched the forwarding of this machine on."""
    return naming.RUN / f"forwarding-was-off-{root_number()}"


def release_forwarding() -> None:
    """Switch forwarding off again if a lab switched it on and no lab is left."""
    marker = _forwarding_marker()
    if marker.exists() and not any(other.machine == root_number() for other in every()):
        in_root(["sysctl", "-qw", f"{_FORWARDING}=0"])
        marker.unlink()


def add_bridge(lab: Lab, subnet: Subnet) -> None:
    """Make the bridge of a subnet, with the gateway's address; nothing to do when it is there."""
    if succeeds(inside(lab.namespace, ["ip", "link", "show", subnet.bridge])):
        return
    bridge = subnet.bridge
    in_lab(lab, ["ip", "link", "add", bridge, "type", "bridge"])
    in_lab(lab, ["ip", "address", "add", subnet.interface(subnet.gateway), "dev", bridge])
    in_lab(lab, ["ip", "link", "set", bridge, "up"])
    # A host that boots is looked for every 0.1 s and not every second.
    in_lab(lab, ["sysctl", "-qw", f"net.ipv4.neigh.{bridge}.retrans_time_ms=100"])


def translate(lab: Lab, public: Mapping[str, str]) -> None:
    """Lead packets for public addresses to private ones, as the internet gateway of a VPC does, and only these.

    Args:
        lab: in whose network.
        public: private addresses by public ones.
    """
    name = f"{lab.label}-public"
    table = [f"table ip {name}", f"delete table ip {name}"]
    if public:
        pairs = ", ".join(f"{outer} : {inner}" for outer, inner in sorted(public.items()))
        # -100 is dstnat; the output hook knows it by its number alone.
        chain = "chain {hook} {{ type nat hook {hook} priority -100; dnat to ip daddr map {{ {pairs} }}; }}"
        hooks = [chain.format(hook=hook, pairs=pairs) for hook in ("prerouting", "output")]
        # Between two hosts of one bridge the answer must come back this way.
        back = 'chain back { type nat hook postrouting priority srcnat; ct status dnat iifname "br-*" masquerade; }'
        table.append("\n".join([f"table ip {name} {{", *hooks, back, "}"]))
    in_lab(lab, ["nft", "-f", "-"], stdin="\n".join(table) + "\n")


def expose(record: Record, subnets: Iterable[Subnet]) -> None:
    """Route the machine's own traffic for the subnets into the lab.

    Raises LabError when something else on the machine already leads there.
    """
    wanted = [subnet.network for subnet in subnets if str(subnet.network) not in record.exposed]
    if not wanted or record.uplink is None:
        return
    with files.locked(naming.RUN / "uplink.lock"):
        for network in wanted:
            _refuse_taken(network)
        _, inner = uplink(record.uplink).hosts()
        for network in wanted:
            in_root(["ip", "route", "add", str(network), "via", str(inner)])
            record.exposed.append(str(network))
            record.save()


def _refuse_taken(network: IPv4Network) -> None:
    """Raise LabError when the machine has a route into the network."""
    for route, device in routes():
        if not route.overlaps(network):
            continue
        holders = [r for r in every() if r.uplink is not None and uplink_interface(r.uplink) == device]
        if holders:
            raise LabError(
                f"{network} is exposed by lab {holders[0].name!r}, {holders[0].holder()}; "
                f"take it down first, or leave --expose out"
            )
        raise LabError(
            f"{network} can't be exposed: the machine already has a route to {route} on {device} "
            f"(a VirtualBox or VPN network?); remove it, or leave --expose out"
        )


def delete(record: Record) -> None:
    """Remove namespace, uplink, routes and tables; what is not there is fine."""
    lab = record.lab
    if record.uplink is not None:
        succeeds(inside(root_namespace(), ["ip", "link", "delete", uplink_interface(record.uplink)]))
    firewall.forget(lab)
    succeeds(inside(root_namespace(), ["nft", "delete", "table", "ip", lab.label]))
    _delete_namespace(lab)


def _delete_namespace(lab: Lab, seconds: float = 5.0) -> None:
    """Remove the lab's namespace.

    Right after its last process was killed, the kernel may call it busy until that one's mounts are gone too.
    """
    limit = time.monotonic() + seconds
    while lab.namespace.exists():
        if succeeds(["ip", "netns", "delete", lab.label]):
            return
        succeeds(["umount", "--lazy", lab.namespace])
        if time.monotonic() > limit:
            run(["ip", "netns", "delete", lab.label])
        time.sleep(0.05)

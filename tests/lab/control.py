"""A lab as a whole: brought up, taken down."""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from ipaddress import IPv4Address

from tests.lab import cgroup, disks, files, host, image, naming, network, record, residents, sshkey, world
from tests.lab.address import SUBNETS, subnet_of
from tests.lab.command import need
from tests.lab.errors import LabError
from tests.lab.host import Host
from tests.lab.naming import CHECKOUT, Lab
from tests.lab.process import Identity
from tests.lab.progress import step
from tests.lab.record import Record


def hold(lab: Lab) -> AbstractContextManager[None]:
    """Return the lock under which a lab is changed."""
    return files.locked(lab.lock)


def open_lab(lab: Lab, owner: Identity | None) -> Record:
    """Return the record of a lab whose namespace is there; make both when they aren't.

    Raises LabError when another checkout has a lab of this name.
    """
    need("ip", "nft", "nsenter", "ssh", "sysctl", "systemd-nspawn", "unshare")
    cgroup.hierarchies()
    found = record.find(lab.name)
    if found is not None and found.checkout != lab.checkout and found.checkout.exists():
        raise LabError(f"lab {lab.name!r} is {found.holder()}; choose another --name")
    if found is None or not found.whole or not network.exists(lab):
        if found is not None:
            network.delete(found)
        found = Record(lab.name, lab.checkout, owner)
        step(f"making network {lab.label}")
        network.create(found)
    _prepare_state(lab)
    return found


def _prepare_state(lab: Lab) -> None:
    """Make the lab's folder in the checkout, with the key that logs in; close it and the hosts' disks to others."""
    for folder in (lab.state, lab.roots):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    if not (lab.state / "ssh_key").exists():
        private, public = sshkey.new(f"slipway-{lab.name}")
        files.write(lab.state / "ssh_key.pub", public + "\n")
        files.write(lab.state / "ssh_key", private, 0o600)


def up(found: Record, wanted: dict[str, IPv4Address], *, expose: bool, simulated_aws: bool) -> None:
    """Boot the hosts that don't run, in parallel, with the networks they stand in."""
    lab = found.lab
    _check_addresses(lab, wanted)
    subnets = sorted({subnet_of(address) for address in wanted.values()}, key=SUBNETS.index) or [SUBNETS[0]]
    for subnet in subnets:
        network.add_bridge(lab, subnet)
    if expose:
        network.expose(found, subnets)
    if simulated_aws:
        world.start(lab, subnets[0].gateway, namespace=lab.namespace)
    if wanted:
        boot(lab, wanted, {})


def boot(lab: Lab, wanted: dict[str, IPv4Address], keys: Mapping[str, str]) -> None:
    """Make what hosts are missing, boot what doesn't run, wait for all.

    Args:
        lab: whose hosts they are; it has the networks that they stand in.
        wanted: the address of each, by name.
        keys: a public key that logs in beside the lab's own, by name.
    """
    template = image.ensure(image.host_recipe())
    key = (lab.state / "ssh_key.pub").read_text().strip()
    hosts = [Host(lab, name) for name in wanted]
    for one in hosts:
        if not (one.folder / "host.json").exists():
            one.create(wanted[one.name], template, "\n".join([key, *([keys[one.name]] if one.name in keys else [])]))
    write_directory(lab)
    dead = [one for one in hosts if one.status() is None]
    for one in dead:
        one.boot()
    with ThreadPoolExecutor(max_workers=max(len(hosts), 1)) as pool:
        for one, seconds in zip(hosts, pool.map(Host.wait, hosts), strict=True):
            how = f"up in {seconds:.1f} s" if one in dead else "runs already"
            step(f"{one.name:<20} {wanted[one.name]!s:<15} {how}")


def _check_addresses(lab: Lab, wanted: dict[str, IPv4Address]) -> None:
    """Raise LabError when a host would move, or two would have one address."""
    there = {one.name: one.spec().address for one in host.every(lab)}
    for name, address in wanted.items():
        if there.get(name, str(address)) != str(address):
            raise LabError(f"host {name} is at {there[name]} already; take lab {lab.name!r} down to move it")
        twin = next((other for other, taken in there.items() if taken == str(address) and other != name), None)
        if twin is not None:
            raise LabError(f"{address} is taken by host {twin} of lab {lab.name!r}")


def write_directory(lab: Lab) -> None:
    """Write down the hosts, and the keys by which SSH knows them."""
    specs = [one.spec() for one in host.every(lab)]
    lines = [f"{spec.address} {' '.join(spec.host_key_public.split()[:2])}\n" for spec in specs]
    files.write(lab.state / "known_hosts", "".join(lines), 0o600)
    hosts = {spec.name: {"address": spec.address, "gateway": spec.gateway} for spec in specs}
    files.write_json(lab.state / "hosts.json", {"lab": lab.name, "hosts": hosts})


def down(lab: Lab) -> bool:
    """Remove all that `up` made, and return whether there was anything.

    Raises LabError when the lab of this name belongs to another checkout.
    """
    found = record.find(lab.name)
    if found is not None and found.checkout != lab.checkout and found.checkout.exists():
        raise LabError(f"lab {lab.name!r} is {found.holder()}; take it down from there")
    places = (lab.state, lab.run, lab.roots, lab.namespace)  # the record is in roots: it goes last
    there = found is not None or any(place.exists() for place in places)
    world.stop(lab)
    for one in host.every(lab):
        one.destroy()
    for group in cgroup.named(lab.cgroup("")):
        cgroup.end(group)
    residents.end(lab)
    disks.release(lab)
    network.delete(found or Record(lab.name, lab.checkout))
    for place in places[:3]:
        shutil.rmtree(place, ignore_errors=True)
    network.release_forwarding()
    lab.lock.unlink(missing_ok=True)
    return there


def sweep() -> None:
    """Remove the labs whose owners died before they could do it."""
    for found in record.every():
        if found.abandoned():
            with hold(found.lab):
                again = record.find(found.name)
                if again is not None and again.abandoned():
                    step(f"removing lab {found.name!r}, whose owner (process {found.owner and found.owner.pid}) died")
                    down(found.lab)


def this(name: str) -> Lab:
    """Return the lab of that name of this checkout."""
    return naming.named_lab(name, CHECKOUT)

"""The keeper of EC2's machines: one host for each instance of the simulated EC2, at that instance's private address.

Volumes beside those that instances boot from are disks of their hosts, and outlive them.

`python -m tests.lab.ec2 LAB` runs in the machine's own network and ends with the lab.
"""

import sys
import time
from dataclasses import dataclass

from tests.lab import control, disks, files, instances, inventory, network, record, root
from tests.lab.address import subnet_of
from tests.lab.errors import LabError
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.lab.progress import failure

_LOOK = 0.2  # seconds
_OFF = ("stopping", "stopped")
_BEGIN, _END = "-----BEGIN SSH HOST KEY KEYS-----", "-----END SSH HOST KEY KEYS-----"


@dataclass(frozen=True)
class Instance:
    """An instance as EC2 knows it; `public` and `key` are empty where it has none."""

    name: str
    state: str
    address: str
    public: str
    key: str


@dataclass(frozen=True)
class Volume:
    """A disk as EC2 knows it: its size in GiB, and the instance that it's attached to, or ""."""

    gb: int
    instance: str


@dataclass(frozen=True)
class Cloud:
    """What EC2 has, by ids."""

    instances: dict[str, Instance]
    volumes: dict[str, Volume]


def read(lab: Lab) -> Cloud:
    """Return what EC2 has."""
    found = files.read_json(instances.listing(lab.state)) or {"instances": {}, "volumes": {}}
    return Cloud(
        {number: Instance(**data) for number, data in found["instances"].items()},
        {number: Volume(**data) for number, data in found["volumes"].items()},
    )


def follow(lab: Lab) -> None:
    """Keep the lab's machines as EC2's instances are, until the lab is gone."""
    kept, told = Keeper(lab), ""
    while record.find(lab.name) is not None:
        try:
            kept.catch_up(read(lab))
        except LabError as error:
            if told != str(error):  # it is tried again and again
                failure(told := str(error))
        time.sleep(_LOOK)


class Keeper:
    """What was made for which instance."""

    def __init__(self, lab: Lab) -> None:
        """Nothing is made yet."""
        self._lab = lab
        self._made: dict[str, Host] = {}
        self._volumes: dict[str, Volume] = {}
        self._public: dict[str, str] = {}

    def catch_up(self, now: Cloud) -> None:
        """Make, boot, switch off and remove what it takes."""
        known = now.instances
        self._remove([number for number in self._made if number not in known or known[number].state == "terminated"])
        for number, instance in known.items():
            if instance.state in _OFF and number in self._made and self._made[number].status() is not None:
                self._made[number].kill()
        running = {number: instance for number, instance in known.items() if instance.state == "running"}
        self._made |= {number: Host(self._lab, one.name) for number, one in running.items() if number not in self._made}
        self._attach(now.volumes)
        self._boot(running)
        public = {one.public: one.address for one in running.values() if one.public}
        if public != self._public:
            network.translate(self._lab, public)
            self._public = public

    def _remove(self, numbers: list[str]) -> None:
        """Remove the machines of instances that are gone."""
        for number in numbers:
            with control.hold(self._lab):
                self._made.pop(number).destroy()
                control.write_directory(self._lab)
            instances.console(self._lab.state, number).unlink(missing_ok=True)

    def _attach(self, volumes: dict[str, Volume]) -> None:
        """Let the machines have their disks; delete those of volumes that are gone."""
        if volumes == self._volumes:
            return
        devices = {name: disks.attach(self._lab, name, one.gb) for name, one in volumes.items() if one.instance}
        for number, host in self._made.items():
            disks.link(host, {name: device for name, device in devices.items() if volumes[name].instance == number})
        for name in self._volumes.keys() - volumes.keys():
            disks.delete(self._lab, name)
        self._volumes = volumes

    def _boot(self, running: dict[str, Instance]) -> None:
        """Boot the machines that don't run; their consoles tell their keys then, as cloud-init has them do."""
        dark = {number: one for number, one in running.items() if self._made[number].status() is None}
        if not dark:
            return
        for number in dark:
            root.links(self._made[number].folder).mkdir(parents=True, exist_ok=True)  # for disks that come later
        wanted = inventory.checked([(one.name, one.address) for one in dark.values()])
        with control.hold(self._lab):
            for address in wanted.values():
                network.add_bridge(self._lab, subnet_of(address))
            control.boot(self._lab, wanted, {one.name: one.key for one in dark.values() if one.key})
        for number in dark:
            said = f"{_BEGIN}\r\n{self._made[number].spec().host_key_public}\r\n{_END}\r\n"
            files.write(instances.console(self._lab.state, number), said)


def main(name: str) -> int:
    """Follow the lab of that name."""
    follow(control.this(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

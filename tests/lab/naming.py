"""Names and places: everything a lab owns is found by its name, also after a crash."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError

CHECKOUT = Path(__file__).resolve().parents[2]
RUN = Path("/run/slipway")
ROOTS = Path("/var/lib/slipway")
CACHE = Path("/var/cache/slipway")
_LAB = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Lab:
    """A lab's name and checkout, and where its things are."""

    name: str
    checkout: Path = CHECKOUT

    @property
    def label(self) -> str:
        """Name of its network namespace and of its nftables tables."""
        return f"slipway-{self.name}"

    @property
    def namespace(self) -> Path:
        """Return the file that holds the network namespace."""
        return Path("/run/netns") / self.label

    @property
    def state(self) -> Path:
        """Return the folder in the checkout with keys, certificates and logs."""
        return self.checkout / ".slipway" / self.name

    @property
    def run(self) -> Path:
        """Return the folder with what is true only while the lab runs."""
        return RUN / self.name

    @property
    def roots(self) -> Path:
        """Return the folder with the hosts' file systems."""
        return ROOTS / self.name

    @property
    def lock(self) -> Path:
        """Return the file that who changes the lab has locked."""
        return RUN / f"{self.name}.lock"

    def cgroup(self, host: str) -> str:
        """Name of a host's control group; `@` is in no lab's name, so a prefix can't be ambiguous."""
        return f"{self.label}@{host}"

    def machine(self, host: str) -> str:
        """Return a name for systemd-nspawn: unique on the machine, and short enough for `vb-NAME`."""
        digest = hashlib.sha256(f"{self.name}/{host}".encode()).hexdigest()
        return f"{host[:6].strip('-')}-{digest[:5]}"


def named_lab(name: str, checkout: Path = CHECKOUT) -> Lab:
    """Return the lab of that name.

    Raises LabError when it is no name for a lab.
    """
    if not _LAB.fullmatch(name):
        raise LabError(f"{name!r} is no name for a lab: a letter, then up to 30 of a-z, 0-9 and -")
    return Lab(name, checkout)


def checked_host(name: str) -> str:
    """Return the name if a host can have it; LabError otherwise."""
    if not _HOST.fullmatch(name):
        raise LabError(f"{name!r} is no host name: up to 63 of a-z, 0-9 and -")
    return name


def uplink_interface(number: int) -> str:
    """Return the name of the machine's end of an uplink."""
    return f"slipway-u{number}"

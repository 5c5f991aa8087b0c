"""Where an application's slots and lanes are on an app host, and how their state is read.

Everything is read from the host itself, from the lanes' links, the slots' links, systemd and the kernel's socket table,
so that no second record can disagree with what is really served.
"""

from __future__ import annotations

import dataclasses
import subprocess
from collections import Counter
from pathlib import Path

SLOTS = ("blue", "green")
LANE_COUNT = 20
LISTENING_FLAG = 0x10000  # __SO_ACCEPTCON in /proc/net/unix
NAMED_FIELDS = 8  # fields in /proc/net/unix of a socket that has a path


class SlotError(Exception):
    """Something about a slot is not as it must be. The message says what was found and what to do."""


@dataclasses.dataclass(frozen=True)
class Application:
    """The places of one application on a host, all derived from its name."""

    name: str
    root: Path
    runtime: Path

    @classmethod
    def named(cls, name: str, root: str | None = None, runtime: str | None = None) -> Application:
        """Return the application's places.

        Args:
            name: the application's name, as in the variable ``app_name``.
            root: where releases, slots and lanes are; ``/srv/<name>`` unless given.
            runtime: where the slots' sockets are; ``/run/<name>`` unless given.
        """
        return cls(name, Path(root or f"/srv/{name}"), Path(runtime or f"/run/{name}"))

    @property
    def lanes(self) -> Path:
        """The folder of the lanes."""
        return self.root / "lanes"

    def lane(self, number: int) -> Path:
        """The link of lane ``number`` (0 to 19)."""
        return self.lanes / f"{number:02d}.sock"

    def slot(self, slot: str) -> Path:
        """The link that says which release is in the slot."""
        return self.root / "slots" / slot

    def socket(self, slot: str) -> Path:
        """The unix socket on which the slot takes requests."""
        return self.runtime / f"{slot}.sock"

    def unit(self, kind: str, slot: str) -> str:
        """The slot's systemd unit of a kind: ``web``, ``worker`` or ``migrate``."""
        return f"{self.name}-{kind}@{slot}.service"

    def socket_unit(self, slot: str) -> str:
        """The systemd unit that owns the slot's socket."""
        return f"{self.name}-web@{slot}.socket"


def other(slot: str) -> str:
    """Return the other slot."""
    return SLOTS[1 - SLOTS.index(slot)]


def read_lanes(app: Application) -> list[str | None]:
    """Return for each of the 20 lanes the slot it points at, or None where there is no lane or it points elsewhere."""
    targets = {str(app.socket(slot)): slot for slot in SLOTS}
    lanes: list[str | None] = []
    for number in range(LANE_COUNT):
        try:
            lanes.append(targets.get(str(app.lane(number).readlink())))
        except OSError:
            lanes.append(None)
    return lanes


def live_slot(lanes: list[str | None]) -> str | None:
    """Return the slot that all lanes point at; None where there is none, or where the lanes are divided."""
    slots = set(lanes)
    return slots.pop() if len(slots) == 1 else None


def count_lanes(lanes: list[str | None]) -> dict[str, int]:
    """Return how many lanes point at each slot."""
    counted = Counter(lanes)
    return {slot: counted[slot] for slot in SLOTS}


def release_in(app: Application, slot: str) -> str | None:
    """Return the version of the release in a slot, or None for an empty slot."""
    try:
        return app.slot(slot).readlink().name
    except OSError:
        return None


def requests_in_flight(socket: Path, table: str) -> int:
    """Count the connections of a listening unix socket, waiting or accepted.

    nginx opens one connection per request (upstream keep-alive is off), so a connection is a request in flight.

    Args:
        socket: the path on which the slot listens.
        table: the text of ``/proc/net/unix`` (columns: see unix(7) and proc_net_unix(5)).
    """
    found = 0
    for line in table.splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == NAMED_FIELDS and fields[7] == str(socket) and not int(fields[3], 16) & LISTENING_FLAG:
            found += 1
    return found


def systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemctl; the caller looks at the result."""
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, check=False)


def unit_state(unit: str) -> dict[str, str]:
    """Return the properties of a unit by which its health is judged."""
    return unit_states(unit)[unit]


def unit_states(*units: str) -> dict[str, dict[str, str]]:
    """Return the properties of units by which their health is judged, in one question."""
    names = "Id,ActiveState,SubState,Result,NRestarts,ExecMainStatus,InvocationID,ActiveEnterTimestampMonotonic"
    shown = systemctl("show", "--property", names, *units).stdout
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in shown.split("\n\n")]
    states = {block.get("Id", ""): block for block in blocks}
    return {unit: states.get(unit, {}) for unit in units}


def enabled_units(*units: str) -> set[str]:
    """Return those of these units that start with the host, in one question.

    The property UnitFileState wouldn't do: systemd remembers it from before `systemctl enable --no-reload`.
    """
    told = systemctl("is-enabled", *units).stdout.split("\n")  # a line for each, also for one that isn't there
    return {unit for unit, state in zip(units, told, strict=False) if state == "enabled"}

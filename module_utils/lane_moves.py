"""Moving lanes: each by one atomic rename, all prepared before the first of them."""

from __future__ import annotations

import dataclasses
import os
import time

from ansible.module_utils.slots import LANE_COUNT, Application, SlotError, read_lanes, unit_state


@dataclasses.dataclass(frozen=True)
class Moved:
    """What came of moving lanes.

    Attributes:
        before: the slot of each lane before; None where a lane was missing.
        after: the slot of each lane afterwards.
        flip_ms: milliseconds between the first rename and the end of the last; 0 where nothing moved.
        at: when that was, in seconds since the epoch.
    """

    before: list[str | None]
    after: list[str | None]
    flip_ms: float
    at: float

    @property
    def numbers(self) -> list[int]:
        """The numbers of the lanes that moved."""
        return [number for number in range(LANE_COUNT) if self.before[number] != self.after[number]]


def point_lanes(app: Application, slot: str, count: int = LANE_COUNT, *, check: bool = False) -> Moved:
    """Point the first lanes at a slot.

    Args:
        app: the application's places.
        slot: the slot that gets the lanes.
        count: how many of the 20 lanes point at it afterwards. The others keep their slot, or get it where they had
            none.
        check: say only what would move.

    Raises:
        SlotError: nothing listens in the slot. No lane was moved then.
    """
    before = read_lanes(app)
    after = wanted_lanes(before, slot, count)
    took = 0.0
    if before != after and not check:
        refuse_without_socket(app, slot)
        took = move(app, before, after)
    return Moved(before, after, round(took, 3), time.time())


def take_lanes_away(app: Application, *, check: bool = False) -> Moved:
    """Take all lanes away: nginx answers 502 then, as before the first release."""
    before = read_lanes(app)
    if not check:
        for number in range(LANE_COUNT):
            app.lane(number).unlink(missing_ok=True)
    return Moved(before, [None] * LANE_COUNT, 0.0, time.time())


def wanted_lanes(before: list[str | None], slot: str, count: int) -> list[str | None]:
    """Return the slot that each lane must have afterwards."""
    return [slot if number < count else (had or slot) for number, had in enumerate(before)]


def move(app: Application, before: list[str | None], after: list[str | None]) -> float:
    """Point each lane that differs at its new slot; return the milliseconds between the first and the last rename.

    The new links are made beside the lanes first, so that the time in which lanes differ is that of the renames alone.
    """
    app.lanes.mkdir(mode=0o755, exist_ok=True)
    prepared = []
    for number, (had, slot) in enumerate(zip(before, after, strict=True)):
        if had == slot or slot is None:
            continue
        new = app.lanes / f".{number:02d}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(app.socket(slot))
        prepared.append((new, app.lane(number)))
    started = time.perf_counter()
    for new, lane in prepared:
        new.rename(lane)
    took = time.perf_counter() - started
    folder = os.open(app.lanes, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # the lanes must survive a power cut, or the host comes back with the slot before
    finally:
        os.close(folder)
    return took * 1000


def refuse_without_socket(app: Application, slot: str) -> None:
    """Raise SlotError where nothing can listen in the slot: its lanes would answer 502."""
    if not app.socket(slot).is_socket():
        unit = app.socket_unit(slot)
        state = unit_state(unit).get("ActiveState", "unknown")
        raise SlotError(
            f"slot {slot} has no socket {app.socket(slot)} ({unit} is {state}); no lane was moved. "
            f"Look at `systemctl status {unit}`, then release again."
        )

"""What can be done with the services of one slot: start, migrate, make live, drain, stop; and say why it failed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.last_words import last_log_lines
from ansible.module_utils.slot_health import Probe, wait_until_ready
from ansible.module_utils.slots import (
    Application,
    SlotError,
    enabled_units,
    other,
    release_in,
    requests_in_flight,
    systemctl,
    unit_state,
    unit_states,
)

DRAIN_PAUSE = 0.05  # seconds between two looks at the requests in flight
STEADY = 2.0  # seconds that a service has to run before it's believed
STEADY_PAUSE = 0.2
LAST_WORDS = 5  # log lines of each service that are kept of a release that went back
LOOK_BACK = 30.0  # seconds of log before this task that may tell why a service died
RUNNING = ("active", "activating", "reloading", "deactivating")


class SlotServices:
    """The services of one slot.

    Attributes:
        app: the application's places.
        name: the slot.
        release: the version that is in it, or None.
        worker: whether the application has a worker.
    """

    def __init__(self, app: Application, name: str, *, worker: bool) -> None:
        """Look which release is in the slot."""
        self.app = app
        self.name = name
        self.worker = worker
        self.release = release_in(app, name)
        self.started = time.time()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of services that the slot has."""
        return ("web", "worker") if self.worker else ("web",)

    def state_of(self, kind: str) -> str:
        """Return the ActiveState of one of the slot's units."""
        state: str = unit_state(self.app.unit(kind, self.name)).get("ActiveState", "unknown")
        return state

    def systemctl(self, verb: str, *units: str) -> None:
        """Run systemctl; raise SlotError with the unit's last words when it fails."""
        done = systemctl(verb, *units)
        if done.returncode:
            # That units were enabled without reading all of them anew is no news to whoever reads why a release failed.
            said = " ".join(line for line in done.stderr.splitlines() if not line.startswith("Warning: The unit file"))
            raise SlotError(self.why(f"`systemctl {verb} {' '.join(units)}` failed: {said}", units[-1]))

    def why(self, what: str, unit: str, before: float = 0.0) -> str:
        """Return a message that ends with what the unit wrote since this task began, or so many seconds before it."""
        lines = last_log_lines(unit, self.started - before)
        return "\n".join([what, f"Last log lines of {unit}:", *(f"  {line}" for line in lines or ["(none)"])])

    def last_words(self) -> str:
        """Return what the slot's services wrote last since its release was put into it; empty where that is nothing."""
        since = self.app.slot(self.name).lstat().st_mtime
        told = []
        for kind in self.kinds:
            unit = self.app.unit(kind, self.name)
            if lines := last_log_lines(unit, since, LAST_WORDS):
                told += [f"Last log lines of {unit}:", *(f"  {line}" for line in lines)]
        return "\n".join(told)

    def in_flight(self) -> int:
        """Return the number of requests in flight in the slot."""
        table = Path("/proc/net/unix").read_text(encoding="utf-8")
        count: int = requests_in_flight(self.app.socket(self.name), table)
        return count

    def running(self) -> list[str]:
        """Return the slot's units that run."""
        states = unit_states(*(self.app.unit(kind, self.name) for kind in self.kinds))
        return [unit for unit, state in states.items() if state.get("ActiveState") in RUNNING]

    def stop(self, running: list[str], drain_timeout: float) -> int:
        """Drain the slot, at most so many seconds, and stop these units; return the requests that had not ended."""
        left = self.drain(drain_timeout)
        self.systemctl("disable", "--quiet", "--no-reload", *running)
        # The socket goes with its service and comes back empty: a connection that nobody took, as a crashed service
        # leaves it, would start the service again at once.
        socket = self.app.socket_unit(self.name)
        self.systemctl("stop", *running, socket)
        self.systemctl("start", socket)
        return left

    def forget_failures(self, *, check: bool = False) -> list[str]:
        """Let the slot's failed units, the migrations among them, be merely inactive; return which these were.

        The release's verdict tells of them: an alert on failed units would be about a slot that nobody uses.
        """
        states = unit_states(*(self.app.unit(kind, self.name) for kind in (*self.kinds, "migrate")))
        failed = [unit for unit, state in states.items() if state.get("ActiveState") == "failed"]
        if failed and not check:
            self.systemctl("reset-failed", *failed)
        return failed

    def drain(self, timeout: float) -> int:
        """Wait for the end of the requests in flight, as long as there is a service that can end them."""
        until = time.monotonic() + timeout
        while (left := self.in_flight()) and self.state_of("web") == "active" and time.monotonic() < until:
            time.sleep(DRAIN_PAUSE)
        return left

    def start(self) -> bool:
        """Start the web service; return whether it didn't run."""
        unit = self.app.unit("web", self.name)
        if self.state_of("web") == "active":
            return False
        systemctl("reset-failed", unit)
        self.systemctl("start", unit)
        return True

    def wait_until_ready(self, release: str | None, path: str, timeout: float, header: str = "X-Release") -> str:
        """Wait until the slot answers as a release (None: as the one that is in it); return its answer."""
        unit = self.app.unit("web", self.name)
        probe = Probe(self.app.socket(self.name), path, release or self.release, header)
        try:
            answer: str = wait_until_ready(probe, unit, timeout)
        except SlotError as error:
            raise SlotError(self.why(f"slot {self.name}: {error}", unit)) from error
        return answer

    def refuse_dying(self, kind: str) -> None:
        """See that a service runs without dying, for some seconds at least. Raises SlotError when it doesn't."""
        unit = self.app.unit(kind, self.name)
        until = time.monotonic() + STEADY
        while True:
            state = unit_state(unit)
            if state.get("ActiveState") != "active" or state.get("NRestarts", "0") != "0":
                what = f"{unit} doesn't stay up ({state.get('ActiveState')}, restarts: {state.get('NRestarts')})"
                raise SlotError(self.why(what, unit, STEADY + LOOK_BACK))
            if time.monotonic() > until or self.age_of(state) > STEADY:
                return
            time.sleep(STEADY_PAUSE)

    @staticmethod
    def age_of(state: dict[str, str]) -> float:
        """Return for how many seconds a unit has been active."""
        return time.monotonic() - int(state.get("ActiveEnterTimestampMonotonic") or 0) / 1e6

    def make_live(self, *, check: bool = False) -> bool:
        """Make the slot the one that comes back with the host and works on the queue; return whether it wasn't.

        The other slot's web service stays as it is, warm. Its worker is told to stop, and ends when it has finished
        what it has in hand.
        """
        mine = [self.app.unit(kind, self.name) for kind in self.kinds]
        others = [self.app.unit(kind, other(self.name)) for kind in self.kinds]
        enabled = enabled_units(*mine, *others)
        enable = [unit for unit in mine if unit not in enabled]
        disable = [unit for unit in others if unit in enabled]
        states = unit_states(mine[-1], others[-1])
        start = self.worker and states[mine[-1]].get("ActiveState") != "active"
        stop = self.worker and states[others[-1]].get("ActiveState") in ("active", "activating")
        if not check:
            self._act(enable, disable, start=start, stop=stop)
        return bool(enable or disable or start or stop)

    def _act(self, enable: list[str], disable: list[str], *, start: bool, stop: bool) -> None:
        if enable:
            self.systemctl("enable", "--quiet", "--no-reload", *enable)
        if disable:
            self.systemctl("disable", "--quiet", "--no-reload", *disable)
        if start:
            self.systemctl("start", self.app.unit("worker", self.name))
        if stop:
            self.systemctl("--no-block", "stop", self.app.unit("worker", other(self.name)))

    def describe(self) -> dict[str, Any]:
        """Return what a module says of the slot."""
        return {"slot": self.name, "release": self.release}

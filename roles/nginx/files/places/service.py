"""The service: hears what the watches find, and moves places."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import state, table
from .state import Known
from .watch import Watch
from .wish import Wish

TICK = 1.0  # seconds after which it looks at what is wanted again, though it heard nothing
CARE = 5.0  # seconds between its looks at the kernel's table, and its figures


@dataclass
class Service:
    """All that it knows.

    Attributes:
        path: the file of what is wanted.
        wish: what that said last.
        put: has the kernel lead places to hosts.
        is_there: whether the kernel still has the table.
        say: tells people.
    """

    path: Path
    wish: Wish
    put: Callable[[str, table.Places], None]
    is_there: Callable[[], bool]
    say: Callable[[str], None]
    known: dict[str, Known] = field(init=False)
    _read_at: int = field(init=False)
    _heard: queue.SimpleQueue[tuple[str, str, str]] = field(init=False, default_factory=queue.SimpleQueue)
    _watches: dict[tuple[str, str], Watch] = field(init=False, default_factory=dict)
    _due: bool = field(init=False, default=True)
    _cared: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Begin with what was kept."""
        self._read_at = _changed(self.path)
        held = state.read(self.wish.folder)
        self.known = {site.name: Known.of(site, held.get(site.name, {})) for site in self.wish.sites}

    def restore(self) -> None:
        """Have the kernel lead as it was kept, and keep that.

        Raises:
            table.TableError: it doesn't.
        """
        places = {(place, one.site.port): host for one in self.known.values() for place, host in one.places.items()}
        self.put(self.wish.network, places)
        state.keep(self.wish.folder, self.known.values())
        self._due = False

    def watch(self) -> None:
        """Have a watch on each host of each site, and on no other."""
        wanted = {(site.name, host): site.question for site in self.wish.sites for host in site.hosts}
        for which, watch in list(self._watches.items()):
            if wanted.get(which) != watch.question or watch.interval != self.wish.interval:
                self._watches.pop(which).stop()
        for (site, host), question in wanted.items():
            if (site, host) not in self._watches:
                watch = Watch(site, host, question, self.wish.interval, lambda *found: self._heard.put(found))
                self._watches[(site, host)] = watch
                watch.start()

    def close(self) -> None:
        """Stop all watches."""
        for watch in self._watches.values():
            watch.stop()

    def step(self, wait: float = TICK) -> None:
        """Take in what was heard within a time (seconds), and do what follows from it."""
        try:
            self._hear(*self._heard.get(timeout=wait))
            while True:
                self._hear(*self._heard.get_nowait())
        except queue.Empty:
            pass
        self._reread()
        if time.monotonic() - self._cared >= CARE:
            self._care()
        if self._due:
            self._settle()

    def _hear(self, site: str, host: str, why: str) -> None:
        """Take in what a watch found; one that was stopped meanwhile counts no more."""
        one = self.known.get(site)
        verdict = one.verdicts.get(host) if one else None
        if one is None or verdict is None or not verdict.hear(why, self.wish.misses, self.wish.answers):
            return
        self._due = True
        name = one.site.hosts[host]
        self.say(f"{site}: {name} ({host}) is {'ready' if verdict.ready else f'not ready: {why}'}")
        if not one.ready:
            self.say(f"{site}: no app host is ready, so all places stay as they are")

    def _reread(self) -> None:
        """Go by what is wanted now, if that changed; what can't be read changes nothing."""
        changed = _changed(self.path)
        if changed == self._read_at:
            return
        self._read_at = changed
        try:
            self.wish = Wish.read(self.path)
        except (OSError, ValueError) as error:
            self.say(f"all goes on as before: {error}")
            return
        for site in self.wish.sites:
            if site.name in self.known:
                self.known[site.name].want(site)
            else:
                self.known[site.name] = Known.of(site, {})
        self.known = {site.name: self.known[site.name] for site in self.wish.sites}
        self.watch()
        self.say(f"what is wanted changed: {', '.join(f'{one.name} on {len(one.hosts)}' for one in self.wish.sites)}")
        self._due = True

    def _care(self) -> None:
        """See that the kernel still has the table, and leave the figures."""
        self._cared = time.monotonic()
        if not self.is_there():
            self.say("somebody took the table of places away; it is put back")
            self._due = True
        state.publish(self.wish.folder, self.known.values(), time.time())

    def _settle(self) -> None:
        """Spread the places, and have the kernel lead so; what it refuses is tried again with the next step."""
        for one in self.known.values():
            moved = one.balance()
            if moved:
                self.say(f"{one.site.name}: {moved} of {len(one.places)} places moved")
        try:
            self.restore()
        except table.TableError as error:
            self.say(f"the kernel doesn't take the places, which stay as they were: {error}")
        state.publish(self.wish.folder, self.known.values(), time.time())


def _changed(path: Path) -> int:
    """Return when a file was changed last, in nanoseconds; 0 where it isn't there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0

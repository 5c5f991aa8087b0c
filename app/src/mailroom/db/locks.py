"""Waiting for locks in short tries, and telling who holds them.

A statement that waits for an exclusive lock makes every later query on that table wait behind it. So each wait is
short, shorter than what the service's own queries endure, and between two tries they all get through.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg import Connection

from mailroom.config import MigrationSettings
from mailroom.db.pool import connection_string
from mailroom.errors import MigrationFailed

logger = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
# At first often, so that a short wait is seen; then seldom, beside an index that is built for an hour.
_LOOK_SECONDS = 0.1
_LONGEST_LOOK_SECONDS = 2.0
# At most so much longer than its patience does a step wait, to be able to say who holds the lock.
_CONNECT_SECONDS = 10.0
_HOLDERS = """
SELECT holder.pid, coalesce(nullif(application_name, ''), backend_type), usename, state,
       extract(epoch FROM clock_timestamp() - coalesce(xact_start, query_start))::float8, query
FROM unnest(pg_blocking_pids(%s)) AS holder (pid) LEFT JOIN pg_stat_activity USING (pid)
"""
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
# Words of SQL and names; a literal, a number or a parameter ends what is shown.
_PLAIN_WORD = re.compile(r"[A-Za-z_*(\"][\w.*,()\"]*")
_WORDS = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """A session that holds a lock, or waits for it before us. `state` is None where we may not see what it does."""

    pid: int
    application: str | None
    user: str | None
    state: str | None
    seconds: float | None
    query: str | None

    def __str__(self) -> str:
        """Return it in words, without anything that came into the query from outside."""
        if not self.pid:
            return "a prepared transaction (see pg_prepared_xacts)"
        who = f"pid {self.pid} ({self.application or 'no name'}, role {self.user or 'unknown'})"
        if self.state is None or self.seconds is None:
            return f"{who}; what it does isn't shown to this role: it needs pg_read_all_stats"
        return f'{who}: {self.state}, its transaction is {self.seconds:.0f} s old, "{first_words(self.query or "")}"'


@dataclass(slots=True)
class _Watch:
    """What a watcher has seen of a session's waits, and whether it looks by now."""

    pid: int
    holders: list[Holder] = field(default_factory=list)
    looks: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


def first_words(query: str) -> str:
    """Return how a query begins, up to its first literal, number or parameter."""
    said: list[str] = []
    words = _COMMENTS.sub(" ", query).split()
    for word in words:
        if len(said) == _WORDS or not _PLAIN_WORD.fullmatch(word):
            return " ".join([*said, "…"])
        said.append(word)
    return " ".join(said)


class LockPatience:
    """Tries a step again while somebody holds a lock that it needs, until its patience ends."""

    def __init__(
        self,
        settings: MigrationSettings,
        connection: Connection[Any],
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._jitter = jitter

    @property
    def longest(self) -> float:
        """Seconds that one try may wait at most, where nobody queues behind it."""
        return self._settings.lock_patience

    def run(self, step: str, action: Callable[[], T], *, wait: float | None = None) -> T:
        """Return what `action` returns; it must leave nothing behind when it raises.

        Args:
            step: its name, for messages.
            action: what is tried.
            wait: how long one try may wait for a lock, in seconds; else the setting.

        Raises:
            MigrationFailed: patience is at its end. The message names who holds the lock.

        """
        began = time.monotonic()
        wait = wait or self._settings.lock_timeout
        set_lock_timeout(self._connection, wait)
        tries = 0
        with self._watch(wait) as watch:
            while True:
                watched = watch.looks.is_set()
                try:
                    return action()
                except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
                    failure = error
                tries += 1
                longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (tries - 1))
                pause = self._jitter(longest / 2, longest)
                spent = time.monotonic() - began
                # To connect may outlast all tries: the last one is watched, so that it can be said who was in the way.
                if spent + pause > self._settings.lock_patience and (watched or not watch.looks.wait(_CONNECT_SECONDS)):
                    raise MigrationFailed(_given_up(step, tries, spent, wait, watch.holders)) from failure
                seen = {
                    "step": step,
                    "tries": tries,
                    "pause": round(pause, 2),
                    "holders": list(map(str, watch.holders)),
                }
                logger.warning("somebody holds a lock: trying again", extra=seen)
                time.sleep(pause)

    @contextmanager
    def _watch(self, wait: float) -> Iterator[_Watch]:
        """Yield who was last seen in our way, by one watcher for all tries: to connect may outlast a try.

        Afterwards is too late to ask: who doesn't wait has nobody in the way.
        """
        watch = _Watch(self._connection.info.backend_pid)
        watcher = threading.Thread(target=self._look, args=(watch, wait), daemon=True)
        watcher.start()
        try:
            yield watch
        finally:
            watch.ended.set()
            watcher.join()

    def _look(self, watch: _Watch, wait: float) -> None:
        look = min(_LOOK_SECONDS, wait / 4)
        longest = min(_LONGEST_LOOK_SECONDS, wait / 4)
        if watch.ended.wait(look):
            return
        try:
            with psycopg.connect(connection_string(self._settings.database, "migrate"), autocommit=True) as connection:
                watch.looks.set()
                while not watch.ended.wait(look):
                    found = [Holder(*row) for row in connection.execute(_HOLDERS, (watch.pid,)).fetchall()]
                    watch.holders = found or watch.holders
                    look = min(longest, look * 1.5)
        except psycopg.Error as error:
            logger.warning("who holds locks can't be seen", extra={"error": str(error)})
        finally:
            watch.looks.set()  # nobody need wait for it any longer


def set_lock_timeout(connection: Connection[Any], seconds: float) -> None:
    """Let each statement of a session wait so long for a lock, and no longer."""
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{max(1, int(seconds * 1000))}ms",))


def _given_up(step: str, tries: int, spent: float, wait: float, holders: list[Holder]) -> str:
    held = "; ".join(map(str, holders)) or "nobody who could be seen"
    pids = [holder.pid for holder in holders if holder.pid]
    cure = f" `SELECT pg_terminate_backend({pids[0]})` would end it." if pids else ""
    return (
        f"{step}: somebody holds a lock that it needs. Given up after {spent:.0f} s and {tries} tries, each of at most "
        f"{wait:g} s so that nobody queues behind it for longer. It is held by {held}.{cure} Nothing of this step was "
        "changed; it can be run again"
    )

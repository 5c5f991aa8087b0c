"""Who may change an application on this host, and what was begun there and not finished.

The lock is a file, not a kernel lock: it must outlast the SSH connections of a play and the death of its control
process. Taking it is atomic all the same, since every change of it happens under a kernel lock on a guard file beside
it. Whoever holds it shows its token with each step; once the lock was broken or taken over, the former holder's next
step is refused, so that two control processes never move lanes in turns.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils.moments import ago, utc
from ansible.module_utils.slots import SlotError
from ansible.module_utils.state_files import FILE_MODE, read_json, sync_folder, write_json

FOLDER_MODE = 0o700


@dataclasses.dataclass(frozen=True)
class StateFolder:
    """The folder on an app host that holds an application's lock, its unfinished work and its ledger."""

    path: Path

    @classmethod
    def named(cls, app: str, state: str | None = None) -> StateFolder:
        """Return the folder of an application, ``/var/lib/slipway/<app>`` unless ``state`` names another."""
        return cls(Path(state or f"/var/lib/slipway/{app}"))

    @property
    def lock(self) -> Path:
        """Who may change the application; absent when nobody."""
        return self.path / "lock.json"

    @property
    def work(self) -> Path:
        """What was begun and isn't finished; absent when nothing is."""
        return self.path / "work.json"

    @property
    def ledger(self) -> Path:
        """The record of every release and rollback, one JSON object a line."""
        return self.path / "ledger.jsonl"

    def make(self) -> None:
        """Make the folder, for root only, where it's absent."""
        self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Let no other process on this host change the folder meanwhile. Held for milliseconds, never over a wait."""
        self.make()
        guard = os.open(self.path / "guard", os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)


def read_lock(folder: StateFolder) -> dict[str, Any] | None:
    """Return the lock with its token, or None when nobody holds it."""
    lock: dict[str, Any] | None = read_json(folder.lock)
    return lock


def describe_holder(lock: dict[str, Any], now: float) -> str:
    """Return in words who holds a lock, for what and since when."""
    return (
        f"{lock.get('owner', 'somebody')}@{lock.get('node', 'an unknown node')} "
        f"for {lock.get('purpose') or 'an unknown purpose'}, since {utc(lock['since'])} ({ago(lock['since'], now)})"
    )


def refuse_other(folder: StateFolder, token: str) -> dict[str, Any]:
    """Return the lock, which is this token's.

    Raises:
        SlotError: it's another's by now, or nobody's.
    """
    lock = read_lock(folder)
    if lock is None:
        raise SlotError(
            "nobody holds the lock on this host, though we took it: it was broken and freed meanwhile. "
            "Nothing more is done here. `make status` says what is live and what is unfinished."
        )
    if lock.get("token") != token:
        raise SlotError(
            f"the lock was taken from us by {describe_holder(lock, time.time())}. Nothing more is done here; whoever "
            "holds it now continues or undoes what was begun. `make status` says what is live."
        )
    return lock


def check_and_beat(folder: StateFolder, token: str | None) -> None:
    """Refuse to go on when the lock isn't ours any more; else give a sign of life.

    Args:
        folder: the application's state on this host.
        token: what the lock was taken with; None or empty where the caller works without a lock.

    Raises:
        SlotError: the lock was broken or taken over. The message says by whom.
    """
    if not token:
        return
    with folder.guarded():
        lock = refuse_other(folder, token)
        write_json(folder.lock, {**lock, "beat": time.time()})


def read_work(folder: StateFolder) -> dict[str, Any] | None:
    """Return what was begun here and isn't finished, or None."""
    work: dict[str, Any] | None = read_json(folder.work)
    return work


def write_work(folder: StateFolder, work: dict[str, Any]) -> None:
    """Note what is being done; the next command finds it when this one dies."""
    folder.make()
    write_json(folder.work, work)


def remove_work(folder: StateFolder) -> None:
    """Note that nothing is unfinished."""
    folder.work.unlink(missing_ok=True)
    if folder.path.is_dir():
        sync_folder(folder.path)

"""How the lock of an application is taken, renewed and freed on one host."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from ansible.module_utils.moments import ago, span
from ansible.module_utils.release_lock import (
    StateFolder,
    describe_holder,
    read_lock,
    read_work,
    refuse_other,
    remove_work,
    write_work,
)
from ansible.module_utils.slots import SlotError
from ansible.module_utils.state_files import sync_folder, write_json

EXPIRED = "expired"
GONE = "process is gone"
BROKEN = "broken by flag"


class HeldError(Exception):
    """Another holds the lock."""

    def __init__(self, message: str, holder: dict[str, Any]) -> None:
        """Keep the holder beside the message."""
        super().__init__(message)
        self.holder = holder


@dataclasses.dataclass(frozen=True)
class Claim:
    """Who wants the lock, and what is known of the node that the wish comes from."""

    token: str
    owner: str
    node: str
    process: str
    """``<boot>:<pid>:<start time>`` of the control process; empty where that can't be told."""
    alive: frozenset[str]
    """``<pid>:<start time>`` of each process that runs on the node now."""
    purpose: str
    expires_after: float
    break_lock: bool = False

    def written(self, now: float) -> dict[str, Any]:
        """Return the lock that this claim makes."""
        told = {name: getattr(self, name) for name in ("token", "owner", "node", "process", "purpose", "expires_after")}
        return {**told, "since": now, "beat": now}


def without_token(lock: dict[str, Any]) -> dict[str, Any]:
    """Return a lock as it may be shown: who knows the token, holds the lock."""
    return {key: value for key, value in lock.items() if key != "token"}


def why_it_may_go(lock: dict[str, Any], claim: Claim, now: float) -> str | None:
    """Return why another's lock doesn't count any more, or None where it does.

    A dead process is believed only of the same boot of the same node: elsewhere the same number means nothing.
    """
    if now - lock["beat"] > lock["expires_after"]:
        return EXPIRED
    boot, _, process = str(lock.get("process", "")).partition(":")
    if boot and lock.get("node") == claim.node and boot == claim.process.partition(":")[0]:
        return None if process in claim.alive and not claim.break_lock else BROKEN if process in claim.alive else GONE
    return BROKEN if claim.break_lock else None


def take(folder: StateFolder, claim: Claim, *, check: bool = False) -> dict[str, Any] | None:
    """Take the lock, or renew it where this claim has it; return the lock that had to go for it, with ``why``.

    Raises:
        HeldError: another holds it.
        SlotError: the lock's file can't be read.
    """
    with folder.guarded():
        now = time.time()
        lock = _read(folder, claim)
        mine = lock is not None and lock.get("token") == claim.token
        why = None if lock is None or mine else why_it_may_go(lock, claim, now)
        if lock and not mine and why is None:
            raise HeldError(refusal(lock, now), without_token(lock))
        if not check:
            since = {"since": lock["since"]} if lock and mine else {}
            write_json(folder.lock, {**claim.written(now), **since})
    return {**without_token(lock), "why": why} if lock and why else None


def _read(folder: StateFolder, claim: Claim) -> dict[str, Any] | None:
    try:
        lock: dict[str, Any] | None = read_lock(folder)
    except SlotError:
        if not claim.break_lock:
            raise
        unknown = {"owner": "unknown", "node": "unknown", "purpose": "unknown: its file can't be read"}
        lock = {**unknown, "since": 0.0, "beat": time.time(), "expires_after": claim.expires_after}
    return lock


def renew(folder: StateFolder, token: str, expires_after: float) -> None:
    """Give a sign of life.

    Raises:
        SlotError: the lock is another's by now.
    """
    with folder.guarded():
        lock = refuse_other(folder, token)
        write_json(folder.lock, {**lock, "beat": time.time(), "expires_after": expires_after})


def free(folder: StateFolder, token: str, *, keep_work: bool) -> bool:
    """Give the lock up; return whether there was one.

    The unfinished work is forgotten first: a death between the two then leaves nothing behind that was finished.

    Raises:
        SlotError: the lock is another's by now.
    """
    if not folder.lock.exists():
        return False
    with folder.guarded():
        refuse_other(folder, token)
        if not keep_work:
            remove_work(folder)
        folder.lock.unlink()
        sync_folder(folder.path)
    return True


def note(folder: StateFolder, token: str, work: dict[str, Any] | None) -> None:
    """Merge into the unfinished work where that has the same ``id``, else put this in its place; None forgets it.

    Raises:
        SlotError: the lock is another's by now.
    """
    with folder.guarded():
        refuse_other(folder, token)
        if work is None:
            remove_work(folder)
            return
        found = read_work(folder)
        same = found is not None and work.get("id", found.get("id")) == found.get("id")
        write_work(folder, {**(found or {}), **work} if same else work)


def refusal(lock: dict[str, Any], now: float) -> str:
    """Return what a caller is told who has to wait."""
    left = lock["expires_after"] - (now - lock["beat"])
    return (
        f"the lock is held by {describe_holder(lock, now)}.\n"
        f"Its last sign of life came {ago(lock['beat'], now)}; without another it expires in {span(left)}.\n"
        "Wait for it with `WAIT=10m`. If you know that nothing of it runs any more, break it with `BREAK_LOCK=1`: "
        "should it run after all, its next step is refused, and what it had begun is yours to continue or undo."
    )

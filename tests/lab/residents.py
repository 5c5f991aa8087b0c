"""Processes that live in a lab's network namespace: the lab's own, and what tests left there."""

import os
import signal
import time

from tests.lab.naming import Lab
from tests.lab.process import PROC, ancestors


def _pids(lab: Lab) -> set[int]:
    """Return the pids of all processes in the namespace, but not ours and our parents'."""
    try:
        wanted = lab.namespace.stat()
    except FileNotFoundError:
        return set()
    found = set()
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            inode = (entry / "ns/net").stat()
        except OSError:  # ended meanwhile
            continue
        if (inode.st_dev, inode.st_ino) == (wanted.st_dev, wanted.st_ino):
            found.add(int(entry.name))
    return found.difference(ancestors(os.getpid()))


def end(lab: Lab, grace: float = 2.0) -> None:
    """Ask all processes of the namespace to end, and after `grace` seconds end them."""
    limit = time.monotonic() + grace
    number = signal.SIGTERM
    while pids := _pids(lab):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
        if time.monotonic() > limit:
            if number == signal.SIGKILL:
                return
            number, limit = signal.SIGKILL, limit + grace

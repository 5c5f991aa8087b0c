"""What several readers find, in the order in which it comes."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator, Sequence

from .entry import Line
from .journals import Reader

WAITING = 10_000  # entries; a slow terminal slows journalctl down instead of filling the memory

Entry = tuple[str, Line]
Arrived = queue.Queue[Entry | ValueError | None]


def read(reader: Reader, arrived: Arrived) -> None:
    """Hand on what a reader finds, or why it failed."""
    try:
        for entry in reader.entries():
            arrived.put(entry)
    except ValueError as error:
        arrived.put(error)


def wait_for_the_end(arrived: Arrived) -> None:
    """Say that it is over when standard input ends, as it does when nobody is there any more."""
    sys.stdin.read()
    arrived.put(None)


def arriving(readers: Sequence[Reader]) -> Iterator[Entry]:
    """Yield entries as they come, until standard input ends.

    Raises:
        ValueError: a reader failed; the message is what it said.
    """
    arrived: Arrived = queue.Queue(WAITING)
    for reader in readers:
        threading.Thread(target=read, args=(reader, arrived), daemon=True).start()
    threading.Thread(target=wait_for_the_end, args=(arrived,), daemon=True).start()
    while (one := arrived.get()) is not None:
        if isinstance(one, ValueError):
            raise one
        yield one

"""The two files that nginx reads by turns, and how another pair gets into them while clients shake hands.

nginx reads certificate and key anew for each handshake, because their name holds a variable: `even.pem` during the even
tens of seconds since 1970, `odd.pem` during the odd ones (roles/nginx, public.j2). It opens the file twice, so a file
that is replaced between would give it a new certificate with an old key, and the client no connection. Therefore a file
is replaced only while it isn't its turn.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .pair import RefusedError

NAMES = ("even.pem", "odd.pem")
TURN = 10  # seconds
# A handshake that began at the end of a turn may still read; and none must begin while the file is replaced.
MARGIN = 2


@dataclass(frozen=True)
class Clock:
    """The host's time, which nginx goes by too."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def turn(self) -> str:
        """Return the file whose turn it is."""
        return NAMES[int(self.now() // TURN) % 2]

    def wait_for(self, name: str) -> None:
        """Wait until it is a file's turn, and neither just begun nor nearly over."""
        while True:
            within = self.now() % TURN
            if self.turn() == name and MARGIN <= within <= TURN - MARGIN:
                return
            # To the beginning of this window, or of the next turn's.
            self.sleep(MARGIN - within if self.turn() == name and within < MARGIN else TURN + MARGIN - within)


@dataclass(frozen=True)
class Served:
    """The folder of the two files.

    Attributes:
        folder: where they are.
        group: the id of the group that may read them, nginx's workers; None for whatever a new file has.
    """

    folder: Path
    group: int | None = None

    def read(self) -> dict[str, bytes]:
        """Return the content of those that are there."""
        return {name: (self.folder / name).read_bytes() for name in NAMES if (self.folder / name).exists()}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from changing them: certbot's timer and a converge may come together."""
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write(self, name: str, content: bytes) -> None:
        """Replace one, whole or not at all, also if the host loses its power."""
        handle, path = tempfile.mkstemp(prefix=".", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o640)
                if self.group is not None:
                    os.fchown(file.fileno(), -1, self.group)
                file.flush()
                os.fsync(file.fileno())
            Path(path).rename(self.folder / name)
        finally:
            Path(path).unlink(missing_ok=True)

    def put(self, content: bytes, clock: Clock, shown: Callable[[], bool] | None) -> None:
        """Have both hold this, the one that rests first.

        Args:
            content: certificate, chain and key.
            clock: what nginx goes by.
            shown: tells whether a handshake gets this certificate; None where nobody reads the files yet.

        Raises:
            RefusedError: nginx doesn't serve it; all is as it was then.
        """
        before = self.read()
        if shown is None:
            for name in NAMES:
                self.write(name, content)
            return
        first, second = (name for name in (NAMES if clock.turn() == NAMES[1] else NAMES[::-1]))
        clock.wait_for(second)
        self.write(first, content)
        clock.wait_for(first)
        if not shown():
            clock.wait_for(second)
            self.write(first, before[first])
            raise RefusedError("nginx doesn't serve the new certificate, so the one before is back; see its error log")
        self.write(second, content)

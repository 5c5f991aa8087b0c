"""What is there before Mailroom starts, and is gone after it: a folder, a port, and an ear for signals."""

from __future__ import annotations

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tools.dev.children import Children
from tools.dev.errors import DevError
from tools.dev.servers import LOOPBACK

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BACKLOG = 64


class EndedError(Exception):
    """Somebody said that it's enough."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise EndedError in the block where a signal asks for the end; what comes after the first isn't heard."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise EndedError

    # Started with nohup, it doesn't end with its terminal.
    heard = [one for one in _SIGNALS if one != signal.SIGHUP or signal.getsignal(one) != signal.SIG_IGN]
    before = {one: signal.signal(one, end) for one in heard}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def scratch() -> Iterator[Children]:
    """Make a folder and have processes in it; in the end neither is left, even where this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix="slipway-dev-"))
    folder.chmod(0o711)  # PostgreSQL is another user's where this is root's
    children = Children(folder)
    try:
        children.guard()
        yield children
    finally:
        children.stop_all()
        shutil.rmtree(folder, ignore_errors=True)
        children.dismiss()


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Have a socket that requests come by; it outlives the web process, so that they wait for the next one.

    Args:
        port: of loopback; 0 is any that is free.

    Raises:
        DevError: somebody else has the port.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            raise DevError(
                f"port {port} can't be had ({error.strerror}), perhaps by another `make dev`; "
                f"take another: make dev PORT={port + 1}"
            ) from error
        listener.listen(_BACKLOG)
        yield listener

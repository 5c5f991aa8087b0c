"""The load's own process: so a busy test doesn't distort its clock."""

import asyncio
import contextlib
import gc
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.load.client import Client
from tests.load.config import LoadConfig
from tests.load.errors import LoadError
from tests.load.recording import Recording

PRIORITY = -10


@dataclass(frozen=True, slots=True)
class Ready:
    """All connections are open, requests are being sent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The load is over."""

    recording: Recording


@dataclass(frozen=True, slots=True)
class Failed:
    """The load could not be started, or broke down; `known` when the message alone explains it."""

    message: str
    known: bool


def run_child(pipe: Connection, config: LoadConfig, run: str) -> None:
    """Run a load; tell Ready, then Ended or Failed. Any message, or the end of the pipe, stops it."""
    # Ctrl-C reaches the whole process group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    # A measuring device that has to wait for a CPU measures that. Only root may, so it is a wish.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    try:
        outcome: Ended | Failed = Ended(asyncio.run(_run(pipe, config, run)))
    except LoadError as error:
        outcome = Failed(str(error), known=True)
    except ExceptionGroup as errors:
        outcome = Failed("; ".join(f"{type(error).__name__}: {error}" for error in errors.exceptions), known=False)
    try:
        pipe.send(outcome)
    except OSError:
        return  # the parent is gone, and with it whoever wanted to know


async def _run(pipe: Connection, config: LoadConfig, run: str) -> Recording:
    client = Client(config, run)
    loop = asyncio.get_running_loop()

    def on_message() -> None:
        loop.remove_reader(pipe.fileno())
        client.stop()

    loop.add_reader(pipe.fileno(), on_message)
    try:
        return await client.run(lambda: pipe.send(Ready()))
    finally:
        loop.remove_reader(pipe.fileno())

"""A load beside a test, in a process of its own; also `python -m tests.load.open_loop --help`.

with OpenLoop(LoadConfig(url="https://192.168.56.10", ca=ca, rate=200, seconds=600)) as load:
    load.mark("rest")
    time.sleep(5)
    load.mark("during")
    release("1.4.1")
    report = load.report()
assert report.clean, table(report)
"""

import contextlib
import multiprocessing
import secrets
import time
from types import TracebackType
from typing import Self, TypeVar

from tests.load.child import Ended, Failed, Ready, run_child
from tests.load.config import LoadConfig
from tests.load.errors import LoadError
from tests.load.phases import Mark
from tests.load.recording import Recording
from tests.load.report import LoadReport, make_report

START_LIMIT = 30.0  # seconds for a Python process to come up on a busy machine
SEND_LIMIT = 30.0  # seconds for the recording to come over

Message = TypeVar("Message", Ready, Ended)


class OpenLoop:
    """A running load. Leaving the `with` block stops it, whatever happened."""

    def __init__(self, config: LoadConfig) -> None:
        """Nothing is sent before the `with` block is entered."""
        self.config = config
        self.run = secrets.token_hex(4)
        self._marks: list[Mark] = []
        self._recording: Recording | None = None
        context = multiprocessing.get_context("spawn")
        self._pipe, self._far_end = context.Pipe()
        self._process = context.Process(
            target=run_child, args=(self._far_end, config, self.run), name=f"load-{self.run}", daemon=True
        )

    def __enter__(self) -> Self:
        """Start, and return when requests are being sent. Raises LoadError with the reason when they can't be."""
        self._process.start()
        # Or the end of the child would never be seen: this process would hold the pipe open itself.
        self._far_end.close()
        try:
            self._receive(START_LIMIT + self.config.timeout, Ready)
        except LoadError:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop. Keeps the recording, so that `report` can be called afterwards, unless the block failed."""
        try:
            if kind is None and self._recording is None:
                self._recording = self._stop()
        finally:
            self._kill()

    @property
    def pid(self) -> int:
        """The load's process."""
        pid = self._process.pid
        if pid is None:
            raise LoadError("The load was not started.")
        return pid

    def mark(self, phase: str) -> None:
        """Begin a phase now. A name may be used again: its stretches are put together in the report.

        Raises LoadError when the load is no longer running, with the reason.
        """
        if self._recording is None and self._pipe.poll():
            self._recording = self._receive_recording(0)
        if self._recording is not None:
            raise LoadError(f"The load ended before phase {phase!r}{self._limit()}")
        self._marks.append(Mark(phase, time.monotonic()))

    def wait(self) -> LoadReport:
        """Wait until the load ends by its own limit, and return the report."""
        if self._recording is None:
            self._recording = self._receive_recording(self.config.seconds + self.config.timeout)
        return self._report(self._recording)

    def report(self) -> LoadReport:
        """Stop sending, wait for the last answers and return the report; later calls return the same.

        Raises LoadError when the load reached its limit before: what happened after that would be proved by nothing.
        """
        if self._recording is None:
            self._recording = self._stop()
        if self._recording.limit_reached:
            raise LoadError(f"The load ended before it was stopped{self._limit()}")
        return self._report(self._recording)

    def _report(self, recording: Recording) -> LoadReport:
        return make_report(recording, self._marks, self.config.rate, self.config.connections)

    def _limit(self) -> str:
        limited = self._recording is not None and self._recording.limit_reached
        return f": its limit is {self.config.seconds:g} s; give it more seconds." if limited else " by report()."

    def _stop(self) -> Recording:
        # When the load ended by itself, nobody listens any more: what it said last is still in the pipe.
        with contextlib.suppress(OSError):
            self._pipe.send("stop")
        return self._receive_recording(self.config.timeout)

    def _receive_recording(self, seconds: float) -> Recording:
        message = self._receive(seconds + SEND_LIMIT, Ended)
        return message.recording

    def _receive(self, seconds: float, wanted: type[Message]) -> Message:
        if not self._pipe.poll(seconds):
            raise LoadError(f"The load's process said nothing for {seconds:g} s.")
        try:
            message = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(1)
            raise LoadError(f"The load's process died with exit code {self._process.exitcode}.") from error
        if isinstance(message, wanted):
            return message
        if isinstance(message, Failed):
            raise LoadError(message.message if message.known else f"The load broke down: {message.message}")
        raise LoadError(f"The load's process said {type(message).__name__} out of turn.")

    def _kill(self) -> None:
        self._process.join(0.2)
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()
        self._process.close()
        self._pipe.close()


if __name__ == "__main__":
    from tests.load.command import main

    raise SystemExit(main())

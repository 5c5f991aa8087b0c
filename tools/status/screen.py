"""One picture after another: in the same place of a terminal, and elsewhere below each other, as plain text."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

# The alternate screen, which leaves what was there before, without cursor and without wrapping long lines.
BEGIN = "\x1b[?1049h\x1b[?25l\x1b[?7l"
END = "\x1b[?7h\x1b[?25h\x1b[?1049l"
HOME = "\x1b[H"
REST_OF_LINE = "\x1b[K"
REST_OF_SCREEN = "\x1b[J"
PAUSE = 1.0  # seconds between two looks at the least, however long a look takes


class Screen:
    """Where pictures are shown, as a context: at its end the terminal is as before, with the last picture on it."""

    def __init__(self, stream: TextIO) -> None:
        """Take the stream that is written to."""
        self._stream = stream
        self._in_place = stream.isatty()
        self._last = ""

    def __enter__(self) -> Self:
        """Take the terminal."""
        if self._in_place:
            self._write(BEGIN)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back."""
        if self._in_place:
            self._write(f"{END}{self._last}\n" if self._last else END)

    def show(self, text: str) -> None:
        """Show a picture in place of the one before. It is written at once and over it, so that nothing flickers."""
        self._last = text
        if not self._in_place:
            self._write(f"{text}\n\n")
            return
        lines = fitting(text.split("\n"), shutil.get_terminal_size().lines)
        self._write(HOME + "\n".join(line + REST_OF_LINE for line in lines) + REST_OF_SCREEN)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def fitting(lines: list[str], height: int) -> list[str]:
    """Return the lines that fit on a screen; the last one says how many don't."""
    if len(lines) <= height:
        return lines
    return [*lines[: height - 1], f"… and {len(lines) - height + 1} lines more"]


def watch(look: Callable[[], str], screen: Screen, every: float, wait: Callable[[float], None] = time.sleep) -> None:
    """Look and show, again and again, until the user interrupts it.

    Args:
        look: returns the picture.
        screen: where it is shown.
        every: seconds from one look's begin to the next one's.
        wait: waits so many seconds.
    """
    try:
        while True:
            began = time.monotonic()
            screen.show(look())
            wait(max(every - (time.monotonic() - began), PAUSE))
    except KeyboardInterrupt:
        return

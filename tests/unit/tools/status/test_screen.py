"""Pictures one after another: over each other on a terminal, below each other elsewhere."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys

import pytest

from tests.contract.tree import ROOT
from tools.status import screen
from tools.status.screen import BEGIN, END, HOME, REST_OF_LINE, REST_OF_SCREEN, Screen, fitting, watch


class Terminal(io.StringIO):
    """A stream that is a terminal, of three lines."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


@pytest.fixture(autouse=True)
def _three_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 3)))


def interrupted_after(rounds: int, waits: list[float]) -> None:
    """Keep a wait; be the user who interrupts after so many."""
    if len(waits) == rounds:
        raise KeyboardInterrupt


def watched(stream: io.StringIO, pictures: list[str], every: float = 10) -> list[float]:
    """Watch until the pictures end; return how long was waited between them."""
    waits: list[float] = []
    left = iter(pictures)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        interrupted_after(len(pictures), waits)

    with Screen(stream) as shown:
        watch(lambda: next(left), shown, every, wait)
    return waits


def test_on_a_terminal_a_picture_is_written_over_the_one_before_without_clearing_it_first() -> None:
    stream = Terminal()
    watched(stream, ["a\nlong one", "b"])
    first, second = stream.getvalue().removeprefix(BEGIN).split(HOME)[1:]

    assert first == f"a{REST_OF_LINE}\nlong one{REST_OF_LINE}{REST_OF_SCREEN}"
    assert second.startswith(f"b{REST_OF_LINE}{REST_OF_SCREEN}")
    assert "\x1b[2J" not in stream.getvalue()


def test_at_the_end_the_terminal_is_as_before_and_the_last_picture_stays() -> None:
    stream = Terminal()
    watched(stream, ["a", "b"])

    assert stream.getvalue().endswith(f"{END}b\n")


def test_the_terminal_is_given_back_also_when_a_look_fails() -> None:
    stream = Terminal()
    with pytest.raises(ZeroDivisionError), Screen(stream) as shown:
        watch(lambda: str(1 // 0), shown, 10)

    assert stream.getvalue() == BEGIN + END


def test_elsewhere_it_is_plain_text_one_below_the_other() -> None:
    stream = io.StringIO()
    watched(stream, ["a", "b"])

    assert stream.getvalue() == "a\n\nb\n\n"


def test_what_does_not_fit_on_the_screen_is_counted() -> None:
    assert fitting(["1", "2", "3"], 3) == ["1", "2", "3"]
    assert fitting(["1", "2", "3", "4"], 3) == ["1", "2", "… and 2 lines more"]


def test_hosts_have_a_pause_however_long_they_took_to_answer() -> None:
    assert watched(io.StringIO(), ["a"], every=10)[0] == pytest.approx(10, abs=1)
    assert watched(io.StringIO(), ["a"], every=0) == [screen.PAUSE]


def test_an_interrupt_ends_it_cleanly() -> None:
    code = (
        # What a shell starts in the background has this signal ignored, and a test run may be that.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; from tools.status.screen import Screen, watch\n"
        "with Screen(sys.stdout) as screen: watch(lambda: 'picture', screen, 60)\n"
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while b"picture" not in said:
            said += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        said += os.read(ours, 4096)
    os.close(ours)

    assert said.decode().endswith(f"{END}picture\r\n")
    assert b"Traceback" not in said

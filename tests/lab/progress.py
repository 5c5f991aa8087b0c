"""Lines that say what the lab is doing, on standard error, so that a command's own output stays clean."""

import os
import sys


def _painted(text: str, code: str) -> str:
    """`text` in the colour `code` where a person reads it, and plain in files and where NO_COLOR is set."""
    if not sys.stderr.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{code}m{text}\033[0m"


def step(text: str) -> None:
    """Say what happens now."""
    print(f"{_painted('lab:', '36')} {text}", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Say what a person should know but need not act on."""
    print(f"{_painted('lab: note:', '33')} {text}", file=sys.stderr, flush=True)


def failure(text: str) -> None:
    """Say why the lab gives up."""
    print(f"{_painted('lab: error:', '31')} {text}", file=sys.stderr, flush=True)

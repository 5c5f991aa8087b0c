"""Small files: written whole or not at all, and locks that the kernel frees when their holder dies."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab.progress import note


def write(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Put content at `path` by one rename, so that a reader sees the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as target:
        os.fchmod(target.fileno(), mode)
        target.write(content.encode() if isinstance(content, str) else content)
    temporary.rename(path)


def write_json(path: Path, data: object, mode: int = 0o644) -> None:
    """Put data at `path` as JSON."""
    write(path, json.dumps(data, indent=2) + "\n", mode)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object at `path`, or None when there is no such file or it is cut short."""
    try:
        data = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return data if isinstance(data, dict) else None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock; who has to wait for it is told so. Its holder may remove the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                note(f"waiting for another lab command, which holds {path}")
                fcntl.flock(handle, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(handle.fileno()).st_ino:
                yield
                return

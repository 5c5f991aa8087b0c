"""Files that are written whole or not at all, by one process at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.secrets.errors import SecretsError

PRIVATE = 0o600


def replace(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Put content at a path by one rename, so that a reader sees the old or the new, also after a power cut."""
    # Ansible reads every file of group_vars but those that begin with a dot.
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def create(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, where there is none; an existing one is left (FileExistsError)."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder, so that of two commands one changes what is in it; freed by the kernel when its holder dies.

    Raises:
        SecretsError: another command holds it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SecretsError(f"another `make secrets` changes {folder} just now; wait until it has ended") from None
        yield
    finally:
        os.close(handle)

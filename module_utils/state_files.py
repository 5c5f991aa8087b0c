"""Small files of state on a host: whole or not there at all, also after a power cut or on a full disk."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

from ansible.module_utils.slots import SlotError

FILE_MODE = 0o600


def sync_folder(folder: Path) -> None:
    """Have a folder's renames survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file, whole or not at all, so that it survives a power cut.

    Where the disk has no room for a second file, the one that is there is overwritten: a full disk must not keep a
    release from going back.
    """
    text = json.dumps(content, sort_keys=True).encode() + b"\n"
    new = path.with_name(f".{path.name}.new")
    try:
        _write(new, text)
        new.rename(path)
        sync_folder(path.parent)
    except OSError:
        new.unlink(missing_ok=True)
        if not path.is_file():
            raise
        _write(path, text)


def _write(path: Path, text: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE)
    try:
        if os.write(handle, text) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.ftruncate(handle, len(text))
        os.fsync(handle)
    finally:
        os.close(handle)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what a file holds, or None where there is none.

    Raises:
        SlotError: it isn't what was written there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise SlotError(
            f"{path} can't be read, it holds {text[:80]!r}. Find out with `make status` what is live on this host, "
            f"then take the file away: `rm {path}`."
        )
    return content

"""Which files of a folder of source were saved. It looks, since not every file system tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

INTERVAL = 0.3  # seconds between two looks, each of 2 ms

_Stamp = tuple[int, int]


class Source:
    """The files under some folders."""

    def __init__(self, *folders: Path) -> None:
        """Take the folders; what is in them now isn't news."""
        self._folders = folders
        self._known = self._look()

    def changed(self) -> list[Path]:
        """Return what was saved, made or removed since the last call that returned something, sorted.

        Nothing while files are still changing: an editor, or git, may write many.
        """
        found = self._look()
        if found == self._known or found != self._look():
            return []
        news = {path for path, _ in found.items() ^ self._known.items()}
        self._known = found
        return sorted(news)

    def _look(self) -> dict[Path, _Stamp]:
        return dict(entry for folder in self._folders for entry in _files(folder))


def _files(folder: Path) -> Iterator[tuple[Path, _Stamp]]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = Path(root, name)
            try:
                status = path.stat()
            except OSError:  # removed meanwhile
                continue
            yield path, (status.st_mtime_ns, status.st_size)

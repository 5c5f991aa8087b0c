"""The secrets of the local environment: files of the state folder, which Ansible's own lookup makes too."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.secrets.errors import SecretsError
from tools.secrets.files import held, replace

# A variable that a lookup makes, with its file's name.
_LOOKUP = re.compile(r"^(vault_\w+):.*?slipway_secrets ~ '(\w+)'", re.MULTILINE)
_KEYS = re.compile(r"\|\s*numbered\b")


class LocalStore:
    """One file for each secret.

    Attributes:
        place: the folder.
    """

    def __init__(self, root: Path) -> None:
        """Read which variable is in which file; nothing is made."""
        state = Path(os.environ.get("SLIPWAY_STATE") or root / ".slipway" / "local")
        self._folder = state / "secrets"
        self.place = str(self._folder)
        said = [path.read_text(encoding="utf-8") for path in (root / "inventories/local/group_vars/all").glob("*.yml")]
        self._files = {name: file for text in said for name, file in _LOOKUP.findall(text)}
        # A list of keys, whose first the lookup made without a number.
        self._lists = {
            name
            for text in said
            for entry in re.split(r"(?m)^(?=\S)", text)
            if _KEYS.search(entry)
            for name, _ in _LOOKUP.findall(entry)
        }

    def names(self) -> set[str]:
        """Return the secrets that are made already."""
        return {name for name, file in self._files.items() if (self._folder / file).exists()}

    def values(self) -> dict[str, str]:
        """Return their values by name."""
        return {name: self._read(name) for name in self.names()}

    def add(self, made: Mapping[str, str], purposes: Mapping[str, str]) -> None:
        """Make files that aren't there; one that is stays as it is."""
        del purposes
        self._known(*made)
        with self._held():
            for name in made.keys() - self.names():
                self._write(name, made[name])

    def change(self, name: str, edit: Callable[[str | None], str]) -> None:
        """Set a secret to what `edit` makes of its value, None where there is none."""
        self._known(name)
        with self._held():
            self._write(name, edit(self._read(name) if name in self.names() else None))

    def _known(self, *names: str) -> None:
        if strange := sorted(set(names) - self._files.keys()):
            raise SecretsError(
                f"inventories/local/group_vars/all has no {', '.join(strange)}; add it there like the others, with a "
                "lookup of its own"
            )

    def _read(self, name: str) -> str:
        value = (self._folder / self._files[name]).read_text(encoding="utf-8").strip()
        return f"1:{value}" if name in self._lists and ":" not in value else value

    def _write(self, name: str, value: str) -> None:
        replace(self._folder / self._files[name], f"{value}\n".encode())

    @contextmanager
    def _held(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held(self._folder):
            yield

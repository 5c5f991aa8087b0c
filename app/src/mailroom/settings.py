"""Reading single settings and secrets, and gathering what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mailroom.errors import ConfigurationError


class SettingsReader:
    """Reads from an environment; remembers every complaint until `finish`.

    A setting that is missing or wrong yields a stand-in (`""` or the lowest allowed number), never to be used:
    `finish` raises before anybody can.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._complaints: list[str] = []

    def complain(self, complaint: str) -> None:
        """Note one thing that is wrong."""
        self._complaints.append(complaint)

    def finish(self) -> None:
        """Raise ConfigurationError with all complaints, if there are any."""
        if self._complaints:
            raise ConfigurationError("; ".join(self._complaints))

    def text(self, name: str, default: str | None = None) -> str:
        """Return the variable `name`, or the default. Empty counts as not set."""
        value = self._environment.get(name, "").strip()
        if value:
            return value
        if default is None:
            self.complain(f"{name} is not set")
        return default or ""

    def integer(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        """Return the variable `name` as a whole number between `lowest` and `highest`."""
        value = self.number(name, lowest, highest, default, kind="a whole number")
        if not value.is_integer():
            self.complain(f"{name} is {value:g}: it must be a whole number from {lowest} to {highest}")
        return int(value)

    def number(
        self, name: str, lowest: float, highest: float, default: float | None = None, kind: str = "a number"
    ) -> float:
        """Return the variable `name` as a number between `lowest` and `highest`."""
        raw = self.text(name, None if default is None else str(default))
        if not raw:
            return float(lowest)
        try:
            value = float(raw)
        except ValueError:
            value = float("nan")
        if lowest <= value <= highest:
            return value
        self.complain(f"{name} is {raw!r}: it must be {kind} from {lowest} to {highest}")
        return float(lowest)

    def switch(self, name: str, *, default: bool) -> bool:
        """Return whether the variable `name` is `on`; it may be `off` else."""
        value = self.text(name, "on" if default else "off")
        if value not in {"on", "off"}:
            self.complain(f"{name} is {value!r}: it must be on or off")
        return value == "on"

    def secret(self, name: str) -> str:
        """Return the secret in the file `name` of $CREDENTIALS_DIRECTORY, without its trailing newline."""
        directory = self._environment.get("CREDENTIALS_DIRECTORY", "")
        if not directory:
            self.complain(f"the secret {name} can't be read: CREDENTIALS_DIRECTORY is not set")
            return ""
        path = Path(directory) / name
        try:
            value = path.read_text(encoding="utf-8").rstrip("\r\n")
        except FileNotFoundError:
            self.complain(f"the secret {name} is missing: there is no file {path}")
            return ""
        except (OSError, UnicodeDecodeError) as error:
            self.complain(f"the secret {name} can't be read from {path}: {type(error).__name__}")
            return ""
        if not value:
            self.complain(f"the secret {name} is empty: {path}")
        return value

    def optional_secret_file(self, name: str) -> Path | None:
        """Return the path of the file `name` in $CREDENTIALS_DIRECTORY where it exists, else None."""
        directory = self._environment.get("CREDENTIALS_DIRECTORY", "")
        path = Path(directory) / name
        return path if directory and path.is_file() else None

"""Looks on one machine for every secret where others could read it; tells places and names, and never a value.

It's sent to a host whole, over a pipe, so it needs nothing but Python and grep; `main` gets what to look for.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import select
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

SHORTEST = 12  # characters; less is found everywhere
AT_ONCE = 500  # files for one grep
LOOK = 0.02  # seconds between two looks at the processes
# Of an OpenSSH key the first line is the same for all.
OPENSSH = "b3BlbnNzaC1rZXktdjE"
KERNELS = ("/proc", "/sys")


def values_in(text: str) -> set[str]:
    """Return what is secret in the text of a file: a key's lines, JSON's texts, what stands behind = or :, or all."""
    if "-----BEGIN" in text:
        lines = [line.strip() for line in text.splitlines()] if "PRIVATE KEY-----" in text else []
        return {line for line in lines if len(line) >= 40 and not line.startswith((OPENSSH, "-----"))}
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    found = [str(value) for value in told.values()] if isinstance(told, dict) else []
    for line in [] if found else text.splitlines():
        found += [line, line.partition("=")[2], line.partition(":")[2]]
    return {value.strip() for value in found if len(value.strip()) >= SHORTEST}


def needles(secrets: Mapping[str, Iterable[str]]) -> dict[bytes, str]:
    """Return by all that would give a secret away its name: the value, and base64 that has it at any place."""
    found: dict[bytes, str] = {}
    for name, values in secrets.items():
        for raw in (value.encode() for value in values):
            found[raw] = name
            for before in range(3):
                whole = base64.b64encode(b"\0" * before + raw)
                # The first and last characters depend on what stands beside it.
                end = len(whole) - (0, 3, 2)[(before + len(raw)) % 3]
                found[whole[(0, 2, 3)[before] : end]] = name
    return found


class Finder:
    """Knows what to look for, and collects where it was found."""

    def __init__(self, secrets: Mapping[str, Iterable[str]]) -> None:
        """Begin with nothing found."""
        self._needles = needles(secrets)
        self._pattern = re.compile(b"|".join(map(re.escape, self._needles)) or b"(?!)")
        self._planted = os.urandom(16).hex().encode()
        self.found: set[str] = set()
        self._prove()

    def look(self, place: str, content: bytes) -> None:
        """Note a place whose content gives secrets away."""
        self.found |= {f"{self._needles[hit]} in {place}" for hit in self._pattern.findall(content)}

    def processes(self, proc: str = "/proc") -> None:
        """Look at what `ps` shows of every process: its arguments and its environment."""
        for process in Path(proc).glob("[0-9]*"):
            try:
                name = (process / "comm").read_text(errors="replace").strip()
                self.look(f"the arguments of {name}", (process / "cmdline").read_bytes())
                self.look(f"the environment of {name}", (process / "environ").read_bytes())
            except OSError:
                continue

    def files(self, paths: Iterable[str]) -> None:
        """Look into files of any size."""
        rest = list(paths)
        while rest:
            some, rest = rest[:AT_ONCE], rest[AT_ONCE:]
            for path in self._grep(["--files-with-matches", "--null", "--", *some]).split(b"\0")[:-1]:
                self.look(os.fsdecode(path), Path(os.fsdecode(path)).read_bytes())

    def output(self, place: str, command: list[str]) -> None:
        """Look into what a command prints, however much that is."""
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            lines = self._grep([], stdin=running.stdout)
        if running.returncode:
            raise OSError(f"{place}: {command[0]} failed ({running.returncode})")
        self.look(place, lines)

    def _prove(self) -> None:
        """See that what is planted is found, lest a grep that fails is taken for one that finds nothing."""
        with tempfile.NamedTemporaryFile() as planted:
            planted.write(b"\0\xff" + self._planted)
            planted.flush()
            if self._grep(["--files-with-matches", "--", planted.name]).decode() != f"{planted.name}\n":
                raise OSError("grep doesn't find what is there")

    def _grep(self, arguments: list[str], stdin: Any = subprocess.DEVNULL) -> bytes:  # noqa: ANN401
        """Run grep; it gets what to look for in a file without a name."""
        with tempfile.TemporaryFile() as listed:
            listed.write(b"\n".join([*self._needles, self._planted]))
            listed.flush()
            number = listed.fileno()
            command = ["grep", "--text", "--fixed-strings", "--no-messages", f"--file=/dev/fd/{number}", *arguments]
            done = subprocess.run(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                pass_fds=[number],
                env=os.environ | {"LC_ALL": "C"},
                check=False,
            )
        return done.stdout


def readable(root: str) -> Iterator[str]:
    """Yield the files below a folder that every user of the machine can read, as the folders above them allow it."""
    folders = [root]
    while folders:
        for path, mode in _entries(folders.pop()):
            if stat.S_ISDIR(mode) and mode & 0o001 and path not in KERNELS:
                folders.append(path)
            elif stat.S_ISREG(mode) and mode & 0o004:
                yield path


def _entries(folder: str) -> Iterator[tuple[str, int]]:
    """Yield path and mode of what is in a folder; what goes away in between isn't there."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                yield entry.path, entry.stat(follow_symlinks=False).st_mode


def own_secrets() -> dict[str, set[str]]:
    """Return the machine's own: what systemd hands to services, and private keys, by their files."""
    units = [
        path
        for path in Path("/etc/systemd/system").rglob("*")
        if path.suffix in (".service", ".conf") and path.is_file()
    ]
    text = "\n".join(unit.read_text(errors="replace") for unit in units)
    named = {re.sub(r"%.", "*", path) for path in re.findall(r"(?m)^LoadCredential=[^:]+:(/etc/\S+)", text)}
    handed = [path for pattern in named for path in map(str, Path("/").glob(pattern[1:]))]
    keys = [str(path) for path in Path("/etc").rglob("*") if path.is_file() and b"PRIVATE KEY-----" in _begin(path)]
    found = {path: values_in(Path(path).read_text()) for path in {*handed, *keys}}
    # A certificate is handed to a service too, and no secret.
    return {path: values for path, values in found.items() if values}


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def main(wish: Mapping[str, Any]) -> None:
    """Look, and print as JSON which secrets were looked for and where they were found.

    Args:
        wish: ``secrets`` (texts by name; the machine's own where there are none); ``watch`` (look at the processes all
            the time until standard input ends); ``readable`` (folders: their files that all can read), ``folders`` (all
            their files), ``commands`` (argument lists by what they're called).
    """
    secrets = wish.get("secrets") or own_secrets()
    finder = Finder(secrets)
    finder.processes()
    while wish.get("watch") and not select.select([sys.stdin], [], [], LOOK)[0]:
        finder.processes()
    for folder in wish.get("readable", []):
        finder.files(readable(folder))
    for folder in wish.get("folders", []):
        finder.files(str(path) for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())
    for place, command in wish.get("commands", {}).items():
        finder.output(place, command)
    told = {"secrets": sorted(name for name, values in secrets.items() if values), "found": sorted(finder.found)}
    sys.stdout.write(json.dumps(told) + "\n")

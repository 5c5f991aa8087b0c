"""Where secrets of an environment are found: on lab hosts, beside plays that run, and in what they print."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.direct import COMMAND_LIMIT, HOSTS_PYTHON
from tests.lab.host import Host, ssh_command
from tests.leaks import places
from tests.playing import Played

PROGRAM = Path(places.__file__).read_text(encoding="utf-8")
# Runs so many bytes of its input, and leaves the rest of it to them.
BOOT = "import sys; exec(sys.stdin.buffer.read(int(sys.argv[1])))"
EVERY_JOURNAL = """set -e
journalctl --no-pager --all --output=export
for one in /var/log/journal/remote/*/; do
  if [ -d "$one" ]; then journalctl --no-pager --all --output=export --directory="$one"; fi
done"""
# What can be looked into on a host: what all can read, what is logged or left behind, and what systemd tells anybody.
HOST = {
    "readable": ["/"],
    "folders": ["/root", "/home", "/tmp", "/var/tmp", "/var/log/nginx", "/var/log/postgresql"],  # noqa: S108
    "commands": {
        "the journal": ["sh", "-c", EVERY_JOURNAL],
        "systemctl show": ["systemctl", "show", "--no-pager", "*"],
    },
}
CONTROL_NODE = "the control node"
# What looks takes no processor from what is looked at.
NICE = ["nice", "-n", "19"]
Secrets = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Watched:
    """A play, and where a secret was seen in a process meanwhile, on hosts or on the control node."""

    played: Played
    seen: Sequence[str]


def secrets_of(state: Path) -> dict[str, list[str]]:
    """Return every secret value of an environment by its file's name. Never print one."""
    files = [*(state / "secrets").iterdir(), state / "ssh_key"]
    return {file.name: sorted(places.values_in(file.read_text(encoding="utf-8"))) for file in files}


def search(hosts: Sequence[Host], secrets: Secrets) -> list[str]:
    """Return where on hosts a secret of the environment, or one of their own, can be read by others."""

    def one(host: Host) -> list[str]:
        found = []
        for wish in ({"secrets": secrets}, {}):
            found += _told(_start(_on(host), {**HOST, **wish}), host.name)
        return found

    with ThreadPoolExecutor() as beside:
        return sorted({place for found in beside.map(one, hosts) for place in found})


@contextmanager
def watched(hosts: Sequence[Host], secrets: Secrets) -> Iterator[list[str]]:
    """Look at all processes of hosts and of the control node, all the time that the block lasts.

    Gives a list that has afterwards the places in which a secret was seen.
    """
    commands = {CONTROL_NODE: [*NICE, sys.executable, "-c", BOOT], **{host.name: _on(host) for host in hosts}}
    running = {name: _start(command, {"secrets": secrets, "watch": True}) for name, command in commands.items()}
    found: list[str] = []
    try:
        yield found
        found += [place for name, process in running.items() for place in _told(process, name)]
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def written(state: Path, secrets: Secrets) -> list[str]:
    """Return where on the control node a secret was printed by a play, or can be read by all."""
    finder = places.Finder(secrets)
    finder.files(str(path) for path in (state / "logs").iterdir())
    finder.files(places.readable(str(state)))
    return sorted(finder.found)


def _on(host: Host) -> list[str]:
    return ssh_command(host, ["sudo", *NICE, HOSTS_PYTHON, "-c", shlex.quote(BOOT)])


def _start(python: list[str], wish: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start to look, by a Python that runs BOOT. What is looked for goes over a pipe, where nobody sees it."""
    whole = f"{PROGRAM}\nmain({dict(wish)!r})\n".encode()
    process = subprocess.Popen(
        [*python, str(len(whole))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    process.stdin.write(whole)
    process.stdin.flush()
    return process


def _told(process: subprocess.Popen[bytes], name: str) -> list[str]:
    """Have it end; return where it found secrets."""
    output, errors = process.communicate(timeout=COMMAND_LIMIT)
    assert process.returncode == 0, f"{name}: {errors.decode()}"
    told = json.loads(output)
    assert told["secrets"], f"there was nothing to look for on {name}"
    return [f"{place} on {name}" for place in told["found"]]

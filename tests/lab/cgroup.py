"""Control groups: each host in its own, so that it can be measured, and ended to the last process."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.lab.errors import LabError

MOUNT = Path("/sys/fs/cgroup")
_HYBRID = ("unified", "systemd", "memory")


def hierarchies(mount: Path = MOUNT) -> list[Path]:
    """Return the roots in which a host needs a group: one on cgroup v2, several on a v1 and v2 hybrid.

    Raises LabError when version 2 isn't mounted: systemd in a Debian 13 host needs it.
    """
    if (mount / "cgroup.controllers").exists():
        return [mount]
    if not (mount / "unified/cgroup.controllers").exists():
        raise LabError(
            f"no cgroup v2 under {mount}; mount it with: "
            f"mkdir -p {mount}/unified && mount -t cgroup2 none {mount}/unified"
        )
    return [mount / name for name in _HYBRID if (mount / name / "cgroup.procs").exists()]


def create(name: str) -> None:
    """Make the groups of a host."""
    for root in hierarchies():
        (root / name).mkdir(exist_ok=True)


def entering(name: str, argv: list[str]) -> list[str]:
    """Return the command that moves itself into a host's groups and then becomes `argv`."""
    move = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'
    groups = [str(root / name) for root in hierarchies()]
    return ["sh", "-euc", move, "sh", *groups, "--", *argv]


def _groups(name: str) -> Iterator[Path]:
    """Yield a host's groups, deepest first."""
    for root in hierarchies():
        for folder, _, _ in os.walk(root / name, topdown=False):
            yield Path(folder)


def members(name: str) -> set[int]:
    """Return the pids of all processes of a host."""
    found: set[int] = set()
    for group in _groups(name):
        try:
            found.update(int(pid) for pid in (group / "cgroup.procs").read_text().split())
        except OSError:  # a group that went away meanwhile has no members
            continue
    return found - {0}


def end(name: str, seconds: float = 10.0) -> None:
    """Kill every process of a host, at once and without asking, and remove its groups."""
    limit = time.monotonic() + seconds
    while pids := members(name):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > limit:
            raise LabError(f"processes {sorted(pids)} of {name} don't end")
        time.sleep(0.02)
    remove(name)


def remove(name: str) -> None:
    """Remove a host's empty groups; one that is busy stays for the next call."""
    for group in _groups(name):
        try:
            group.rmdir()
        except OSError:
            continue


def named(prefix: str) -> set[str]:
    """Return the names of all groups that begin with `prefix`."""
    return {entry.name for root in hierarchies() for entry in root.glob(f"{prefix}*") if entry.is_dir()}


def memory(name: str) -> int:
    """Return the bytes of memory a host's processes hold, shared pages counted once (the sum of their PSS)."""
    total = 0
    for pid in members(name):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:  # ended meanwhile, or a kernel thread
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024

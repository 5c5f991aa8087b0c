"""What `status` shows."""

import json
import time
from dataclasses import asdict, dataclass

from tests.lab import cgroup, host, record, world
from tests.lab.naming import Lab

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One host: times in seconds, memory in bytes."""

    lab: str
    host: str
    address: str
    state: str
    uptime: float | None
    memory: int | None


def rows(lab: Lab) -> list[Row]:
    """Return how the hosts of a lab are."""
    found = []
    for one in host.every(lab):
        status, address = one.status(), one.spec().address
        if status is None:
            found.append(Row(lab.name, one.name, address, "off", None, None))
            continue
        state = "running" if status["answers"] else "booting"
        memory = cgroup.memory(lab.cgroup(one.name))
        found.append(Row(lab.name, one.name, address, state, time.time() - float(status["since"]), memory))
    return found


def show(labs: list[Lab]) -> str:
    """Return the labs as a table, with whose they are and whether the simulated AWS runs."""
    lines = []
    for lab in labs:
        found = record.find(lab.name)
        whose = found.holder() if found else "not up"
        outside = "simulated AWS runs" if world.running(lab) else "no simulated AWS"
        lines.append(f"lab {lab.name}: {whose}; {outside}")
        hosts = rows(lab)
        if hosts:
            lines.append(f"  {'HOST':<20} {'ADDRESS':<15} {'STATE':<8} {'UPTIME':>9} {'MEMORY':>9}")
        lines += [_line(row) for row in hosts]
    return "\n".join(lines) or "no lab is up"


def _line(row: Row) -> str:
    """Return a host's line of the table."""
    uptime = "-" if row.uptime is None else duration(row.uptime)
    memory = "-" if row.memory is None else f"{row.memory / _MIB:.0f} MiB"
    return f"  {row.host:<20} {row.address:<15} {row.state:<8} {uptime:>9} {memory:>9}"


def duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def as_json(labs: list[Lab]) -> str:
    """Return the same for programs: a list of objects with lab, host, address, state, uptime (s), memory (bytes)."""
    return json.dumps([asdict(row) for lab in labs for row in rows(lab)], indent=2)

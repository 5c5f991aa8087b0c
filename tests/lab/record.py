"""What is known about labs on this machine, whichever checkout they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab import files, naming
from tests.lab.naming import Lab
from tests.lab.process import Identity, command_line


@dataclass
class Record:
    """A lab that was brought up: whose it is and what it took from the machine."""

    name: str
    checkout: Path
    owner: Identity | None = None
    uplink: int | None = None
    exposed: list[str] = field(default_factory=list)
    whole: bool = False  # its network was made to the end
    machine: int = 0  # the network namespace that its uplink leads to

    @property
    def lab(self) -> Lab:
        """Return the lab this is about."""
        return Lab(self.name, self.checkout)

    def save(self) -> None:
        """Keep the record on disk: it outlives a reboot of the machine, as the hosts' file systems do."""
        data = {
            "name": self.name,
            "checkout": str(self.checkout),
            "owner": self.owner.as_dict() if self.owner else None,
            "uplink": self.uplink,
            "exposed": self.exposed,
            "whole": self.whole,
            "machine": self.machine,
        }
        files.write_json(_path(self.name), data)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Record":
        """Record from its JSON form."""
        return cls(
            name=str(data["name"]),
            checkout=Path(data["checkout"]),
            owner=Identity.load(data.get("owner")),
            uplink=data.get("uplink"),
            exposed=list(data.get("exposed", [])),
            whole=bool(data.get("whole")),
            machine=int(data.get("machine", 0)),
        )

    def abandoned(self) -> bool:
        """Whether the lab was made for a process that is gone; a lab made by `up` for people never is."""
        return self.owner is not None and not self.owner.alive()

    def holder(self) -> str:
        """Who has the lab, for messages."""
        if self.owner is None:
            return f"made by `up` in {self.checkout}"
        return f"held by process {self.owner.pid} ({command_line(self.owner.pid)[:80]}) in {self.checkout}"


def _path(name: str) -> Path:
    """Return where the record of a lab is kept."""
    return naming.ROOTS / name / "lab.json"


def find(name: str) -> Record | None:
    """Return the record of a lab, or None when there is no such lab."""
    data = files.read_json(_path(name))
    return None if data is None else Record.from_dict(data)


def every() -> Iterator[Record]:
    """Yield all labs of this machine, also those that a reboot ended."""
    for path in sorted(naming.ROOTS.glob("*/lab.json")):
        record = find(path.parent.name)
        if record is not None:
            yield record

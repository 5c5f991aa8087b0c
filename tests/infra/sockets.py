"""Which process listens where."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testinfra.host import Host


def listening(host: Host, program: str | None = None) -> set[tuple[str, int]]:
    """Return address and port of each listening TCP socket, of a program or of all."""
    found = set()
    for line in host.check_output("ss --tcp --listening --numeric --processes --no-header").splitlines():
        fields = line.split(maxsplit=5)
        users = fields[5] if len(fields) > 5 else ""
        address, _, port = fields[3].rpartition(":")
        if program is None or f'("{program}"' in users:
            found.add((address, int(port)))
    return found

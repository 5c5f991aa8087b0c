"""What an edge's places do while something is done to an app host, as the edge's own logs tell it."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.fleet import Fleet
from tests.local_host import wait_for


@dataclass(frozen=True)
class Places:
    """The places of a fleet's edge."""

    fleet: Fleet

    def shown(self) -> dict[str, Any]:
        """Return what the edge knows of Mailroom's hosts, by their names."""
        told = json.loads(self.fleet.run(self.fleet.edge, "slipway-places --show"))
        return {host["name"]: host for host in told["sites"]["mailroom"]["hosts"].values()}

    def shares(self) -> dict[str, int]:
        """Return how many places lead to each host."""
        return {name: host["places"] for name, host in self.shown().items()}

    def table(self) -> str:
        """Return the kernel's map, or nothing where there is none."""
        listed = "nft list map ip slipway_places hosts 2> /dev/null"
        return self.fleet.run(self.fleet.edge, listed, check=False)

    def settle(self) -> None:
        """Wait until all hosts are ready and have as many places."""
        wait_for(lambda: len(set(self.shares().values())) == 1, "an even share of places for all hosts")

    def moved_after(self, since: float) -> float:
        """Return how many seconds after a time (epoch) places were moved first."""
        command = f"journalctl -u slipway-places.service -o short-unix --since @{int(since)} --no-pager"
        lines = self.fleet.run(self.fleet.edge, command).splitlines()
        moves = [float(line.split()[0]) for line in lines if "places moved" in line]
        later = [moment - since for moment in moves if moment >= since]
        assert later, "\n".join(lines)
        return min(later)

    def answered(self, since: float, until: float) -> Counter[str]:
        """Return how many requests each host answered that ended between two times (epoch), by whole seconds."""
        time.sleep(1.5)  # nginx writes its log once a second
        found: Counter[str] = Counter()
        for line in self.fleet.run(self.fleet.edge, "cat /var/log/nginx/access.log").splitlines():
            if '"host":"fleet' not in line:
                continue
            entry = json.loads(line)
            if since < datetime.fromisoformat(entry["time"]).timestamp() < until:
                found[entry["host"]] += 1
        return found

    def workers(self) -> str:
        """Return the edge's nginx processes; a reload makes new ones."""
        return self.fleet.run(self.fleet.edge, "ps -C nginx -o pid= | sort -n")

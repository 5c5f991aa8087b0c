"""What is known of each site, what it is kept in over restarts and reboots, and what Prometheus is told of it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .spreading import spread
from .verdict import Verdict
from .wish import Site

KEPT = "places.json"
METRICS = "places.prom"


@dataclass
class Known:
    """One site as it is.

    Attributes:
        site: what is wanted.
        places: the host of each place.
        verdicts: what is held of each host.
        moved: how many places were moved since the program began.
    """

    site: Site
    places: dict[str, str]
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    moved: int = 0

    @classmethod
    def of(cls, site: Site, held: dict[str, str]) -> Known:
        """Return what is known of a site at the beginning: who has places is ready until it shows otherwise."""
        ours = {place: host for place, host in held.items() if place in site.places}
        known = cls(site, ours, {host: Verdict(host in ours.values() or not ours) for host in site.hosts})
        known.balance()
        known.moved = 0
        return known

    def want(self, site: Site) -> None:
        """Go by what is wanted now: hosts that are new have to answer first."""
        self.site = site
        self.verdicts = {host: self.verdicts.get(host, Verdict(ready=False)) for host in site.hosts}

    @property
    def ready(self) -> set[str]:
        """The hosts that are ready."""
        return {host for host, verdict in self.verdicts.items() if verdict.ready}

    def balance(self) -> int:
        """Spread the places anew; return how many moved."""
        before = self.places
        self.places = spread(self.site.places, before, list(self.site.hosts), self.ready)
        moved = sum(1 for place, host in self.places.items() if before.get(place) != host)
        self.moved += moved
        return moved

    def told(self) -> dict[str, Any]:
        """Return it as it is kept and shown."""
        counts = Counter(self.places.values())
        gone = {host: host for host in counts if host not in self.site.hosts}
        hosts = {
            address: {
                "name": name,
                "ready": address in self.ready,
                "why": self.verdicts[address].why if address in self.verdicts else "",
                "places": counts[address],
            }
            for address, name in {**self.site.hosts, **gone}.items()
        }
        return {"port": self.site.port, "places": self.places, "hosts": hosts}


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Return the places of each site as they were kept last; none where nothing proper was kept."""
    try:
        kept = json.loads((folder / KEPT).read_text(encoding="utf-8"))
        return {name: dict(site["places"]) for name, site in kept.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def keep(folder: Path, known: Iterable[Known]) -> None:
    """Keep them, also if the host loses its power."""
    told = {one.site.name: one.told() for one in known}
    _replace(folder / KEPT, json.dumps(told, indent=2) + "\n", durable=True)


def publish(folder: Path, known: Iterable[Known], now: float) -> None:
    """Leave the figures for the node exporter; its time of change says that the program runs."""
    lines = [f"slipway_places_looked_timestamp_seconds {now:.0f}"]
    for one in known:
        site = f'site="{one.site.name}"'
        lines.append(f"slipway_places_moved_total{{{site}}} {one.moved}")
        for host in one.told()["hosts"].values():
            labels = f'{{{site},host="{host["name"]}"}}'
            lines.append(f"slipway_places_host_ready{labels} {int(host['ready'])}")
            lines.append(f"slipway_places{labels} {host['places']}")
    _replace(folder / METRICS, "\n".join(sorted(lines)) + "\n", durable=False)


def _replace(path: Path, text: str, *, durable: bool) -> None:
    beside = path.with_name(f".{path.name}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    beside.rename(path)

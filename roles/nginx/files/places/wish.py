"""What the roles want of this program: /etc/slipway/places.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .asking import Question

WISH = Path("/etc/slipway/places.json")


@dataclass(frozen=True)
class Site:
    """One application.

    Attributes:
        name: its name.
        places: the addresses that nginx knows, in their order.
        hosts: the addresses of the app hosts, in their order, with their names.
        question: what they are asked.
    """

    name: str
    places: tuple[str, ...]
    hosts: dict[str, str]
    question: Question

    @property
    def port(self) -> int:
        """The port, of places and of hosts."""
        return self.question.port


@dataclass(frozen=True)
class Wish:
    """All of it.

    Attributes:
        folder: where the program keeps what it must remember, and leaves its metrics.
        network: the network that all places are in.
        interval: how often a host is asked, in seconds.
        misses: after how many misses a host is taken out.
        answers: after how many good answers it is back.
        sites: the applications.
    """

    folder: Path
    network: str
    interval: float
    misses: int
    answers: int
    sites: tuple[Site, ...]

    @classmethod
    def read(cls, path: Path) -> Wish:
        """Read it from its file.

        Raises:
            OSError: it isn't there.
            ValueError: it isn't what it should be.
        """
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        try:
            sites = tuple(_site(site, float(told["timeout"])) for site in told["sites"])
            numbers = {name: int(told[name]) for name in ("misses", "answers")}
            made = cls(Path(told["folder"]), str(told["network"]), float(told["interval"]), **numbers, sites=sites)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} has no proper {error}") from None
        if not all(site.hosts and site.places for site in made.sites):
            raise ValueError(f"{path} has a site without places, or without hosts")
        return made


def _site(told: dict[str, Any], timeout: float) -> Site:
    question = Question(int(told["port"]), str(told["path"]), str(told["host_name"]), timeout)
    return Site(str(told["name"]), tuple(told["places"]), dict(told["hosts"]), question)

"""Clients that keep a cookie, and the versions that answer each."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from tests.fleet import Fleet
from tests.web import Site

CLIENTS = 30


def ask_on(site: Site, client: str, mark: str, every: float, stop: threading.Event) -> list[str]:
    """Ask as one client until told to stop; return the versions that answered, in order."""
    versions: list[str] = []
    while not stop.wait(every):
        headers = {"Cookie": f"who={client}", "X-Request-ID": f"{mark}-{client}-{len(versions)}"}
        answer = site.ask("/health/ready", headers=headers)
        assert answer.status == 200
        versions.append(answer.header("X-Release"))
    return versions


@contextmanager
def clients(fleet: Fleet, mark: str = "split", every: float = 0.3) -> Iterator[dict[str, list[str]]]:
    """Have clients with a cookie ask inside of a block; which versions each saw, each once, is known after it.

    Their requests' ids begin with the mark. Each waits so many seconds between two.
    """
    site = Site(fleet.edge, fleet.addresses[fleet.edge], ("mailroom.test",), fleet.certificate)
    stop, order = threading.Event(), dict[str, list[str]]()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asking: dict[str, Future[list[str]]] = {
            f"c{number}": pool.submit(ask_on, site, f"c{number}", mark, every, stop) for number in range(CLIENTS)
        }
        try:
            yield order
        finally:
            stop.set()
    for client, seen in asking.items():
        order[client] = [version for version, _ in itertools.groupby(seen.result())]

"""The host that is watched: what fires there now, and clients that ask of its site while a fault lasts."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.fault import Fault, Place

QUERY = "curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query={}'"


def firing(place: Place, severity: str) -> set[str]:
    """Return the names of the alerts of a severity that fire, by Prometheus."""
    query = urllib.parse.quote(f'ALERTS{{alertstate="firing", severity="{severity}"}}')
    found = json.loads(place.run(QUERY.format(query)))["data"]["result"]
    return {str(one["metric"]["alertname"]) for one in found}


@contextmanager
def clients(fault: Fault, place: Place) -> Iterator[None]:
    """Have the clients of a fault ask, a round a second, inside of a block."""
    over = threading.Event()

    def ask() -> None:
        while fault.clients and not over.wait(1):
            fault.clients(place)

    asking = threading.Thread(target=ask, name=f"clients of {fault}", daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join(180)

"""What the fleet's Prometheus answers, asked on the host that it watches from."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from tests.fleet import Fleet


def asked(fleet: Fleet, what: str) -> dict[str, Any]:
    """Return the data of its answer to a GET of its API."""
    (host,) = fleet.of_group("monitoring")
    said = fleet.run(host, f"curl --silent --fail --max-time 10 'http://127.0.0.1:9090/api/v1/{what}'")
    return dict(json.loads(said)["data"])


def series(fleet: Fleet, query: str) -> list[dict[str, Any]]:
    """Return what an instant query finds: for each series its `metric` (labels) and `value` ([time, text])."""
    return list(asked(fleet, f"query?query={urllib.parse.quote(query)}")["result"])

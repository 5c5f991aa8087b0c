"""What the watchers answer on the host itself, where nobody else can ask them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from testinfra.host import Host

PROMETHEUS = "http://127.0.0.1:9090"
ALERTMANAGER = "http://127.0.0.1:9093"


def asked(host: Host, url: str) -> Any:  # noqa: ANN401
    """Return the JSON that a URL answers with, asked on the host."""
    return json.loads(host.check_output("curl --silent --fail --max-time 10 %s", url))


def samples(host: Host, expr: str) -> list[dict[str, Any]]:
    """Return what an instant query finds: for each series its `metric` (labels) and `value` ([time, text])."""
    answer = asked(host, f"{PROMETHEUS}/api/v1/query?query={quote(expr)}")
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def metrics(host: Host, url: str) -> set[str]:
    """Return the names of the metrics that an exporter shows."""
    text = host.check_output("curl --silent --fail --max-time 10 %s", url)
    return {line.replace("{", " ").split()[0] for line in text.splitlines() if line and not line.startswith("#")}

"""What tests of the worker do: start one, post messages, see what became of them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from support.processes import Process

# Takes settings by name, such as MAILROOM_WORKER_CONCURRENCY="1".
StartWorker = Callable[..., Process]
# Takes fields of a message, and `request_id`; returns the address of the message.
Post = Callable[..., str]
Show = Callable[[str], dict[str, Any]]


def metric(port: str, name: str) -> float:
    """Return a figure of the worker that serves its metrics on that port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    values = [float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name]
    assert len(values) == 1, json.dumps(lines)
    return values[0]

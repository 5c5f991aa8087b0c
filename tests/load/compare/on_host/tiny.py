"""The service that is released: it answers which release it is, after as long as a small query takes."""

import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HANDLING = 0.005  # seconds, so that there are requests in flight to lose

# As long as a real service's imports may take. It sleeps: an import that works would also slow down whoever is beside.
time.sleep(float(os.environ.get("TINY_IMPORT_SECONDS", "0")))
# Read once, with the code: a process that still runs the old code says so.
VERSION = Path(__file__).with_name("version").read_text(encoding="ascii").strip()


def app(environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """Answer any request, as WSGI has it (PEP 3333)."""
    asked = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    time.sleep(HANDLING)
    body = json.dumps({"release": VERSION, "received": len(asked)}).encode()
    start(
        "200 OK",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("X-Release", VERSION),
            ("X-Request-ID", environ.get("HTTP_X_REQUEST_ID", "")),
        ],
    )
    return [body]

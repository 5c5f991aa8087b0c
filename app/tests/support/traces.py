"""An OTLP collector that remembers the spans it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as it arrived; ids in hex."""

    service: str
    name: str
    trace: str
    parent: str
    attributes: dict[str, str]


class Collector:
    """Remembers spans."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Seen] = []

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            told = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [
                    Seen(
                        told["service.name"],
                        span.name,
                        span.trace_id.hex(),
                        span.parent_span_id.hex(),
                        {pair.key: pair.value.string_value or str(pair.value.int_value) for pair in span.attributes},
                    )
                    for span in scope.spans
                ]

    def named(self, service: str, name: str) -> list[Seen]:
        """Return the spans of a service whose name begins so."""
        return [span for span in self.spans if span.service == service and span.name.startswith(name)]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run it on a free port of 127.0.0.1."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

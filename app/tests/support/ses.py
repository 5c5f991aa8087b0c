"""The simulated SES, and a gate before it that delays or refuses calls."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SENDING = "/v2/email/outbound-emails"
ACCOUNT = "/v2/email/account"


class SimulatedSes:
    """moto's SES with the domain `mailroom.test` verified."""

    def __init__(self, port: int) -> None:
        self.port = port

    def reset(self) -> None:
        """Forget all messages and verify the domain anew."""
        self._call("POST", "/moto-api/reset")
        self._call("POST", "/v2/email/identities", {"EmailIdentity": "mailroom.test"})

    def received(self) -> list[dict[str, Any]]:
        """Return the messages it took: source, destinations, subject, text, html, id, and the mail itself."""
        state = json.loads(self._call("GET", "/moto-api/data.json"))
        return [_read(message) for message in state["ses"].get("RawMessage", [])]

    def _call(self, method: str, path: str, body: object = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        signature = (
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/ses/aws4_request, SignedHeaders=, Signature="
        )
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"Authorization": signature})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, content
        return content


def _read(message: dict[str, Any]) -> dict[str, Any]:
    mail = message_from_string(message["raw_data"], policy=default)
    assert isinstance(mail, EmailMessage)
    return {
        "id": message["id"],
        "source": message["source"],
        # moto adds those of the mail's own header to those that it was told.
        "destinations": {"ToAddresses": list(dict.fromkeys(message["destinations"]))},
        "subject": str(mail["Subject"]),
        "text": _half(mail, "plain"),
        "html": _half(mail, "html"),
        "mail": mail,
    }


def _half(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


class Gate:
    """What happens to calls on their way to SES: each takes `delay` seconds; the next ones are refused as queued.

    None in that queue lets one pass. While `dead` is set all are refused with it; of the others, the share `failing` is
    refused by chance, the same in each run. `quota` is what SES tells of the
    account; None: it can't say.
    """

    def __init__(self) -> None:
        self.delay = 0.0
        self.dead: tuple[int, str] | None = None
        self.failing = 0.0
        self.quota: dict[str, float] | None = None
        self.times: list[float] = []
        self.refusals: deque[tuple[int, str] | None] = deque()
        self.calls = 0
        self.in_hand = 0
        self.most_in_hand = 0
        self.entered = threading.Event()
        self._lock = threading.Lock()
        self._chance = random.Random(4)

    @contextmanager
    def passing(self) -> Iterator[tuple[int, str] | None]:
        """Count a call in and out, and return how it is refused, if it is."""
        with self._lock:
            self.calls += 1
            self.in_hand += 1
            self.most_in_hand = max(self.most_in_hand, self.in_hand)
            self.times.append(time.monotonic())
            refusal = self.dead or (self.refusals.popleft() if self.refusals else None)
            if refusal is None and self._chance.random() < self.failing:
                refusal = (503, "ServiceUnavailable")
        self.entered.set()
        time.sleep(self.delay)
        try:
            yield refusal
        finally:
            with self._lock:
                self.in_hand -= 1


@contextmanager
def gate_before(ses: SimulatedSes, gate: Gate) -> Iterator[str]:
    """Run the gate and return its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(ses, gate))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(ses: SimulatedSes, gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == ACCOUNT
            told = {"SendQuota": gate.quota} if gate.quota is not None else {"message": "no quota here"}
            known = gate.quota is not None
            self._answer(200 if known else 403, json.dumps(told).encode(), None if known else "AccessDenied")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with gate.passing() as refusal:
                if refusal is None:
                    status, content = self._forward(body)
                else:
                    status, content = refusal[0], json.dumps({"message": "refused by the gate"}).encode()
            self._answer(status, content, refusal[1] if refusal else None)

        def _answer(self, status: int, content: bytes, error: str | None) -> None:
            self.send_response(status)
            if error is not None:
                self.send_header("x-amzn-ErrorType", error)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _forward(self, body: bytes) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", ses.port, timeout=10)
            try:
                connection.request("POST", self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                return answer.status, answer.read()
            finally:
                connection.close()

        def log_message(self, *_: object) -> None:
            pass

    return Handler

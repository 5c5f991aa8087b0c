"""A server that speaks Prometheus' HTTP API and answers what a test tells it."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from types import TracebackType

Series = dict[str, float]


# A check whose figure the fake Prometheus is told by its query, "errors".
ERRORS = {"name": "error ratio of 1.4.0", "query": "errors", "most": 0.01, "unit": "ratio"}


class PrometheusApi:
    """Answers by query; a query that was told several answers gives one after another, and the last for ever."""

    def __init__(self) -> None:
        """Nothing is known yet: every query finds no series."""
        self.asked: list[str] = []
        self._answers: dict[str, deque[tuple[int, dict[str, Any]]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def finds(self, query: str, *answers: Series | float | str | None) -> None:
        """Answer a query: by series (`route=/a,slot=blue` to value), by one without labels, or by none."""
        self._answers[query] = deque((200, _vector(answer)) for answer in answers)

    def refuses(self, query: str, status: int, error: str) -> None:
        """Answer a query as Prometheus does when something is wrong with it or with Prometheus."""
        self._answers[query] = deque([(status, {"status": "error", "errorType": "bad_data", "error": error})])

    def answer(self, query: str) -> tuple[int, dict[str, Any]]:
        """Return the answer to a query."""
        self.asked.append(query)
        answers = self._answers.get(query) or deque([(200, _vector(None))])
        return answers.popleft() if len(answers) > 1 else answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                known = self.path == "/api/v1/query"
                status, body = api.answer(form["query"][0]) if known else (404, {"error": "not found"})
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
                """Say nothing."""

        return Handler


def _vector(answer: Series | float | str | None) -> dict[str, Any]:
    series = answer if isinstance(answer, dict) else {} if answer is None else {"": answer}
    result = [
        {
            "metric": dict(pair.split("=", 1) for pair in labels.split(",") if pair),
            "value": [1435781451.781, str(value)],
        }
        for labels, value in series.items()
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}

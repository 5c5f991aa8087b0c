"""A webhook is told of a release, and the release doesn't wait for it."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from plugins.action import notice
from plugins.action.notice import ActionModule, message, post_in_time

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY = {
    "kind": "release",
    "version": "1.4.0",
    "before": "1.3.0",
    "by": "ann",
    "from": "laptop",
    "started": 100.0,
    "finished": 142.4,
    "probe": {"sent": 4012, "failed": 0},
}


def test_a_start_says_what_where_by_whom_and_what_is_live() -> None:
    said = message("start", "mailroom", "production", ENTRY)

    assert said == "Release of mailroom 1.4.0 in production begins, by ann@laptop; 1.3.0 is live."


def test_a_finish_says_how_long_it_took_and_what_the_probe_saw() -> None:
    assert message("finish", "mailroom", "production", ENTRY) == (
        "Release of mailroom 1.4.0 in production succeeded in 42 s, by ann@laptop, 4,012 requests probed, 0 lost."
        " It was 1.3.0 before."
    )


def test_a_first_release_in_an_emergency_says_so() -> None:
    first = {**ENTRY, "before": None, "probe": None, "fast": True}

    assert message("finish", "mailroom", "production", first) == (
        "Release of mailroom 1.4.0 in production succeeded in 42 s, by ann@laptop. It was not baked (FAST)."
    )


def test_a_failure_says_what_the_person_at_the_terminal_is_told() -> None:
    outcome = "error ratio of 1.4.0: 2.1 % is above 1 %\nEvery lane is on the slot before, which serves 1.3.0."
    said = message("failure", "mailroom", "production", ENTRY, outcome)

    assert said.splitlines() == [
        "*Release of mailroom 1.4.0 in production FAILED* after 42 s, by ann@laptop, 4,012 requests probed, 0 lost.",
        *outcome.splitlines(),
    ]


def test_a_failure_without_an_outcome_says_the_ledgers_reason_and_not_all_of_a_long_one() -> None:
    assert message("failure", "mailroom", "x", {**ENTRY, "reason": "no disk space"}).endswith("\nno disk space")
    assert len(message("failure", "mailroom", "x", ENTRY, "line\n" * 500).splitlines()) == 9


def test_a_rollback_is_named_as_one() -> None:
    assert message("start", "mailroom", "staging", {**ENTRY, "kind": "rollback", "version": None}).startswith(
        "Rollback of mailroom in staging begins"
    )


def test_markup_in_a_reason_is_shown_as_it_is() -> None:
    assert message("failure", "mailroom", "x", ENTRY, "<!channel> & co").endswith("&lt;!channel&gt; &amp; co")


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the address of a webhook and what it received."""
    received: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/services/secret", received
        server.shutdown()
        thread.join()


class OnceTold(ActionModule):
    """The plugin of a task."""

    def __init__(self, *, check: bool = False, **arguments: Any) -> None:  # noqa: ANN401
        """Take the task's arguments."""
        named = {"event": "finish", "app": "mailroom", "environment": "production", "entry": ENTRY}
        self._task = types.SimpleNamespace(args={**named, **arguments}, check_mode=check)


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings that are shown. Ansible's own part, which wants a connection, is left out."""
    shown: list[str] = []
    monkeypatch.setattr(ActionModule.__base__, "run", lambda *_: {})
    monkeypatch.setattr(notice, "Display", lambda: types.SimpleNamespace(warning=shown.append))
    return shown


def test_the_webhook_gets_a_text(warnings: list[str]) -> None:
    with webhook() as (url, received):
        assert OnceTold(url=url).run() == {"changed": False, "sent": True}

    assert received == [{"text": message("finish", "mailroom", "production", ENTRY)}]
    assert warnings == []


def test_a_webhook_that_refuses_is_a_warning_without_its_address(warnings: list[str]) -> None:
    with webhook(404) as (url, _):
        assert OnceTold(url=url).run() == {"changed": False, "sent": False}

    assert warnings == ["the notice of this finish did not reach its webhook: it answered 404; the release goes on"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/secret", "http://[secret", "http://127.0.0.1:secret/", "file:///secret"]
)
def test_no_address_that_is_wrong_fails_anything_or_is_told(url: str, warnings: list[str]) -> None:
    assert OnceTold(url=url).run() == {"changed": False, "sent": False}
    assert len(warnings) == 1
    assert "secret" not in warnings[0]


def test_a_webhook_that_does_not_answer_holds_nothing_up_for_longer_than_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        why = post_in_time(f"http://127.0.0.1:{silent.getsockname()[1]}/", "text", 0.2)

    assert why == "no answer within 0 s"
    assert time.monotonic() - started < 20


def test_without_an_address_or_in_check_mode_nothing_is_told() -> None:
    with webhook() as (url, received):
        assert OnceTold(url="").run()["skipped"]
        assert OnceTold(url=url, check=True).run()["skipped"]

    assert received == []

"""What the simulated world shows of what it was sent."""

import io
import json
from types import SimpleNamespace
from wsgiref.util import setup_testing_defaults

from tests.lab import aws, sink


def test_a_simple_message_has_its_subject_body_and_all_recipients_once() -> None:
    sent = {"ToAddresses": ["a@x.org"], "CcAddresses": ["b@x.org", "a@x.org"]}
    message = SimpleNamespace(id="1", source="c@x.org", subject="s", body="b", destinations=sent)
    assert aws.describe(message) == {
        "message_id": "1",
        "from": "c@x.org",
        "to": ["a@x.org", "b@x.org"],
        "subject": "s",
        "body": "b",
    }


def test_a_mime_message_is_taken_apart() -> None:
    raw = "Subject: =?utf-8?q?=C3=BC?=\nContent-Type: text/plain; charset=utf-8\n\nbody\n"
    shown = aws.describe(SimpleNamespace(id="1", source="c@x.org", destinations=["a@x.org"], raw_data=raw))
    assert (shown["subject"], shown["body"], shown["to"]) == ("ü", "body\n", ["a@x.org"])


def _ask(application: object, method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
    environ: dict[str, object] = {}
    setup_testing_defaults(environ)
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body))}
    environ["wsgi.input"] = io.BytesIO(body)
    status: list[str] = []
    assert callable(application)
    answer = b"".join(application(environ, lambda line, _headers: status.append(line)))
    return status[0], answer


def test_the_sink_lists_bodies_in_the_order_they_came() -> None:
    application = sink.application()
    for body in (b'{"n": 1}', b"no json"):
        _ask(application, "POST", "/alerts", body)
    assert json.loads(_ask(application, "GET", "/alerts")[1]) == [{"n": 1}, "no json"]


def test_the_sink_forgets_when_told() -> None:
    application = sink.application()
    _ask(application, "POST", "/alerts", b"{}")
    _ask(application, "DELETE", "/alerts")
    assert _ask(application, "GET", "/alerts")[1] == b"[]"


def test_the_sink_has_nothing_elsewhere() -> None:
    assert _ask(sink.application(), "GET", "/other")[0] == "404 Not Found"

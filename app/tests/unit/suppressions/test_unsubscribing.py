"""The service and the pages over it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mailroom.messages.entities import State
from mailroom.messages.lifecycle import EventKind
from mailroom.suppressions.entities import Reason, Suppressed
from mailroom.suppressions.unsubscribe_routes import unsubscribe_routes
from mailroom.suppressions.unsubscribe_token import make
from mailroom.suppressions.unsubscribing import UnsubscribeService
from mailroom.web.problems import register_problems
from support.fake_storage import FakeStorage
from support.fakes import a_message

KEYS = (b"n" * 32, b"o" * 32)
MESSAGE = replace(a_message(), state=State.SENT, recipient="Ann@example.com")
URL = f"/unsubscribe/{make(KEYS, MESSAGE.id)}"
CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def storage() -> FakeStorage:
    storage = FakeStorage()
    storage.messages.add(MESSAGE)
    return storage


@pytest.fixture
def counted() -> list[Reason]:
    return []


def client_of(storage: FakeStorage, keys: tuple[bytes, ...], counted: list[Reason]) -> FlaskClient:
    app = Flask("test")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    register_problems(app)
    app.register_blueprint(unsubscribe_routes(UnsubscribeService(storage.unit_of_work, keys, counted.append)))
    return app.test_client()


@pytest.fixture
def client(storage: FakeStorage, counted: list[Reason]) -> FlaskClient:
    return client_of(storage, KEYS, counted)


def page(answer: TestResponse, status: int) -> str:
    assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8")
    headline = re.search("<h1>(.*)</h1>", answer.text)
    assert headline is not None
    return headline[1]


class Reading(HTMLParser):
    """Gathers the tags of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, dict[str, str | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = dict(attrs)


def test_looking_at_the_page_changes_nothing(client: FlaskClient, storage: FakeStorage) -> None:
    for method in ("GET", "HEAD"):
        assert client.open(URL, method=method).status_code == 200

    assert (storage.suppressions.stored, storage.feedback.events) == ({}, [])


def test_the_page_asks_and_its_button_posts_one_click_to_its_own_address(client: FlaskClient) -> None:
    answer = client.get(URL)
    reading = Reading()
    reading.feed(answer.text)

    assert page(answer, 200) == "Do you want no more of these mails?"
    assert reading.tags["html"] == {"lang": "en"}
    assert reading.tags["form"] == {"method": "post"}
    assert reading.tags["input"] == {"type": "hidden", "name": "List-Unsubscribe", "value": "One-Click"}
    assert reading.tags["button"] == {"type": "submit"}
    assert set(reading.tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "p",
        "form",
        "input",
        "button",
    }


def test_the_page_loads_nothing_sets_nothing_and_names_nobody(client: FlaskClient) -> None:
    answer = client.get(URL)
    style = re.search("<style>(.*)</style>", answer.text, re.DOTALL)
    assert style is not None
    allowed = b64encode(sha256(style[1].encode()).digest()).decode()

    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{allowed}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert "Set-Cookie" not in answer.headers
    assert "://" not in answer.text
    assert "ann" not in answer.text.lower()


def test_one_click_suppresses_the_recipient(client: FlaskClient, storage: FakeStorage, counted: list[Reason]) -> None:
    assert page(client.post(URL, data=CLICK), 200) == "You are unsubscribed"

    entry = storage.suppressions.stored["ann@example.com"]
    assert (entry.reason, entry.message_id, counted) == (Reason.UNSUBSCRIBE, MESSAGE.id, [Reason.UNSUBSCRIBE])
    assert [one.kind for one in storage.feedback.events] == [EventKind.UNSUBSCRIBED]


def test_a_second_click_does_no_more_and_answers_the_same(
    client: FlaskClient, storage: FakeStorage, counted: list[Reason]
) -> None:
    answers = [page(client.post(URL, data=CLICK), 200) for _ in range(2)]

    assert answers == ["You are unsubscribed"] * 2
    assert (len(storage.feedback.events), counted) == (1, [Reason.UNSUBSCRIBE])


def test_a_mail_program_may_post_it_as_multipart(client: FlaskClient, storage: FakeStorage) -> None:
    client.post(URL, data=CLICK, content_type="multipart/form-data")

    assert "ann@example.com" in storage.suppressions.stored


def test_a_link_of_an_older_key_still_works(client: FlaskClient, storage: FakeStorage) -> None:
    client.post(f"/unsubscribe/{make(KEYS[1:], MESSAGE.id)}", data=CLICK)

    assert "ann@example.com" in storage.suppressions.stored


def test_a_complaint_stays_one(client: FlaskClient, storage: FakeStorage) -> None:
    storage.suppressions.suppress(Suppressed("ann@example.com", Reason.COMPLAINT))
    client.post(URL, data=CLICK)

    assert storage.suppressions.stored["ann@example.com"].reason is Reason.COMPLAINT


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", None),
        (b"List-Unsubscribe=Yes", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click&List-Unsubscribe=No", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"List-Unsubscribe=One-Click&x=" + b"x" * 2000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_post_that_is_no_click_changes_nothing_and_shows_the_button(
    client: FlaskClient, storage: FakeStorage, body: bytes, content_type: str | None
) -> None:
    answer = client.post(URL, data=body, content_type=content_type)

    assert page(answer, 400) == "Nothing was changed"
    assert "<button" in answer.text
    assert storage.suppressions.stored == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "token", ["x", make((b"p" * 32,), MESSAGE.id), make(KEYS, MESSAGE.id)[:-1], make(KEYS, MESSAGE.id) + "x"]
)
def test_a_wrong_link_shows_a_page_that_says_so(
    client: FlaskClient, storage: FakeStorage, method: str, token: str
) -> None:
    answer = client.open(f"/unsubscribe/{token}", method=method, data=CLICK if method == "POST" else None)

    assert page(answer, 404) == "This link doesn't work"
    assert storage.suppressions.stored == {}


def test_a_link_of_a_message_that_is_gone_does_not_work(client: FlaskClient) -> None:
    answer = client.post(f"/unsubscribe/{make(KEYS, UUID(int=1))}", data=CLICK)

    assert page(answer, 404) == "This link doesn't work"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_keys_no_link_works(storage: FakeStorage, method: str) -> None:
    answer = client_of(storage, (), []).open(URL, method=method, data=CLICK if method == "POST" else None)

    assert page(answer, 404) == "This link doesn't work"


def test_when_the_storage_is_away_a_person_is_told_to_try_again(client: FlaskClient, storage: FakeStorage) -> None:
    storage.away = 1
    answer = client.post(URL, data=CLICK)

    assert page(answer, 503) == "That didn't work just now"
    assert answer.headers["Retry-After"] == "60"
    assert "<button" in answer.text


def test_a_bug_shows_a_page_too(client: FlaskClient, storage: FakeStorage) -> None:
    storage.suppressions = None  # type: ignore[assignment]

    assert page(client.post(URL, data=CLICK), 500) == "Something broke here"


def test_no_address_and_no_token_is_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "mailroom"):
        client.post(URL, data=CLICK)

    (line,) = [line for line in caplog.records if line.name.startswith("mailroom")]
    assert vars(line)["message_id"] == str(MESSAGE.id)
    assert not [word for word in ("ann@", URL.rsplit("/", 1)[1]) if word in str(vars(line))]

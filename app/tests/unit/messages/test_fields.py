from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import InvalidRequest
from mailroom.messages.entities import Attachment
from mailroom.messages.schemas import NewMessage
from mailroom.web.shapes import read_body

BODY: dict[str, Any] = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
FILE = {"filename": "a.txt", "content_type": "text/plain", "content": "YQ=="}


def refusal(change: dict[str, Any], body: dict[str, Any] = BODY) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_body(NewMessage, body | change)
    return {str(error.pointer): error.detail for error in caught.value.errors}


def test_a_list_is_a_draft_for_each_that_share_all_else() -> None:
    body = {**BODY, "to": ["ann@example.com", "bob@EXAMPLE.com"], "attachments": [FILE], "tags": ["a"]}
    first, second = read_body(NewMessage, body).drafts()

    assert (first.recipient, second.recipient) == ("ann@example.com", "bob@example.com")
    assert first.attachments == (Attachment("a.txt", "text/plain", b"a"),)
    assert second.attachments is first.attachments


@pytest.mark.parametrize(
    ("to", "pointer", "detail"),
    [
        ([], "#/to", "List should have at least 1 item"),
        ([f"a{number}@example.com" for number in range(51)], "#/to", "List should have at most 50 items"),
        (["ann@example.com", "Ann@Example.com"], "#/to", "Each address may stand only once."),
        (["ann@example.com", 3], "#/to/1", "This must be a string."),
        (["a\nb@example.com"], "#/to/0", "This must be one line"),
    ],
)
def test_a_wrong_list_is_told_where(to: list[Any], pointer: str, detail: str) -> None:
    found = refusal({"to": to})

    assert list(found) == [pointer]
    assert found[pointer].startswith(detail)


def test_text_or_html_or_a_template_is_needed() -> None:
    assert refusal({}, {"to": "ann@example.com", "subject": "x"}) == {"#/text": "This field is required."}
    assert refusal({"text": None}) == {"#/text": "This field is required."}
    assert read_body(NewMessage, {"to": "ann@example.com", "subject": "x", "html": "<p>"}).drafts()[0].text == ""


@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_what_a_template_gives_must_not_be_there_too(part: str) -> None:
    body = {"to": "ann@example.com", "template": {"name": "order"}, part: "x"}

    assert refusal({}, body) == {f"#/{part}": "The template gives this."}


def test_with_a_wrong_template_nothing_else_is_asked_for() -> None:
    assert list(refusal({}, {"to": "ann@example.com", "template": {"name": 3}})) == ["#/template/name"]


def test_a_time_is_read_as_utc() -> None:
    (draft,) = read_body(NewMessage, {**BODY, "send_at": "2026-01-31T09:00:00.25+01:00"}).drafts()

    assert draft.send_at == datetime(2026, 1, 31, 8, 0, 0, 250_000, UTC)


@pytest.mark.parametrize(
    "send_at",
    [
        "2026-01-31",
        "2026-01-31T09:00:00",
        "2026-02-30T09:00:00Z",
        "20260131T090000Z",
        "9999-12-31T23:59:59-01:00",
        "tomorrow",
        1767225600,
    ],
)
def test_a_time_that_is_not_rfc_3339_is_refused(send_at: object) -> None:
    assert refusal({"send_at": send_at}) == {
        "#/send_at": "This must be a time with its offset from UTC, such as 2026-01-31T09:00:00Z."
    }


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Order": "7"}, {"X-Order": "7"}),
        ({"reply-TO": "Help <help@example.com>"}, {"Reply-To": "Help <help@example.com>"}),
        ({"in-reply-to": "<a@b>", "references": "<a@b>"}, {"In-Reply-To": "<a@b>", "References": "<a@b>"}),
    ],
)
def test_own_and_harmless_headers_are_taken(headers: dict[str, str], expected: dict[str, str]) -> None:
    assert read_body(NewMessage, {**BODY, "headers": headers}).drafts()[0].headers == expected


@pytest.mark.parametrize(
    ("headers", "pointer", "detail"),
    [
        *(
            ({name: "x"}, f"#/headers/{name}", "This header can't be set.")
            for name in ("To", "bcc", "From", "Subject", "Content-Type", "MIME-Version", "Date", "Message-ID", "Sender")
        ),
        ({"Return-Path": "x"}, "#/headers/Return-Path", "This header can't be set."),
        ({"X-SES-CONFIGURATION-SET": "x"}, "#/headers/X-SES-CONFIGURATION-SET", "This header can't be set."),
        ({"x-mailroom-id": "x"}, "#/headers/x-mailroom-id", "This header can't be set."),
        ({"List-Unsubscribe": "x"}, "#/headers/List-Unsubscribe", "This header can't be set."),
        ({"X-A\r\nBcc": "x"}, "#/headers/X-A%0D%0ABcc", "This header can't be set."),
        ({"X-A:": "x"}, "#/headers/X-A%3A", "This header can't be set."),
        ({"X-A": "x\r\nBcc: y"}, "#/headers/X-A", "This must be 1 to 870 printable ASCII characters on one line."),
        ({"X-A": ""}, "#/headers/X-A", "This must be 1 to 870 printable ASCII characters on one line."),
        ({"X-A": "ü"}, "#/headers/X-A", "This must be 1 to 870 printable ASCII characters on one line."),
        ({"X-A": "x" * 871}, "#/headers/X-A", "This must be 1 to 870 printable ASCII characters on one line."),
        ({"X-A": "1", "x-a": "2"}, "#/headers/x-a", "This header stands twice."),
        ({"Reply-To": "nobody"}, "#/headers/Reply-To", "An email address must have an @-sign."),
        ({"X-A": 1}, "#/headers/X-A", "This must be a string."),
        ({f"X-{number}": "x" for number in range(11)}, "#/headers", "Dictionary should have at most 10 items"),
    ],
)
def test_headers_that_others_set_or_that_are_no_headers_are_refused(
    headers: dict[str, Any], pointer: str, detail: str
) -> None:
    found = refusal({"headers": headers})

    assert list(found) == [pointer]
    assert found[pointer].startswith(detail)


@given(st.dictionaries(st.text(), st.text(), max_size=3))
def test_no_header_that_is_taken_has_more_than_one_line(headers: dict[str, str]) -> None:
    try:
        (draft,) = read_body(NewMessage, {**BODY, "headers": headers}).drafts()
    except InvalidRequest:
        return
    assert all((name + value).isascii() and (name + value).isprintable() for name, value in draft.headers.items())


@pytest.mark.parametrize(
    ("tags", "pointer"),
    [
        (["a", "a"], "#/tags"),
        ([f"t{number}" for number in range(11)], "#/tags"),
        (["a b"], "#/tags/0"),
        (["x" * 51], "#/tags/0"),
        ([""], "#/tags/0"),
    ],
)
def test_tags_are_few_short_and_different(tags: list[str], pointer: str) -> None:
    assert list(refusal({"tags": tags})) == [pointer]


@pytest.mark.parametrize(
    ("change", "pointer", "detail"),
    [
        ({"filename": "run.EXE"}, "filename", "SES doesn't take files of this kind."),
        ({"filename": "invoice.pdf.js"}, "filename", "SES doesn't take files of this kind."),
        ({"filename": "run.exe. "}, "filename", "SES doesn't take files of this kind."),
        ({"filename": "../a.txt"}, "filename", "This must be the name of a file, without a path."),
        ({"filename": "a\\b.txt"}, "filename", "This must be the name of a file, without a path."),
        ({"filename": ".."}, "filename", "This must be the name of a file, without a path."),
        ({"filename": 'a"\r\nX: y'}, "filename", "This must be one line without control characters."),
        ({"content_type": "text"}, "content_type", "This must be a content type such as application/pdf"),
        ({"content_type": "text/plain; x=y"}, "content_type", "This must be a content type such as application/pdf"),
        ({"content_type": "text/plain\r\nX: y"}, "content_type", "This must be a content type"),
        ({"content_type": "multipart/mixed"}, "content_type", "This must be a content type such as application/pdf"),
        ({"content_type": "message/rfc822"}, "content_type", "This must be a content type such as application/pdf"),
        ({"content": "Y"}, "content", "This must be base64, of at least one byte."),
        ({"content": "Y Q=="}, "content", "This must be base64, of at least one byte."),
        ({"content": "ü"}, "content", "This must be base64, of at least one byte."),
        ({"content": ""}, "content", "This must be base64, of at least one byte."),
        ({"content": 1}, "content", "This must be base64, of at least one byte."),
    ],
)
def test_a_file_that_cannot_go_with_a_mail_is_refused(change: dict[str, Any], pointer: str, detail: str) -> None:
    found = refusal({"attachments": [FILE, FILE | change]})

    assert list(found) == [f"#/attachments/1/{pointer}"]
    assert found[f"#/attachments/1/{pointer}"].startswith(detail)


def test_there_are_not_too_many_files() -> None:
    assert list(refusal({"attachments": [FILE] * 11})) == ["#/attachments"]

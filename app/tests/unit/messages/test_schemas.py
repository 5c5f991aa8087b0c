from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import FieldError, InvalidRequest
from mailroom.messages.entities import Draft
from mailroom.messages.schemas import BODY_CHARACTERS, SUBJECT_CHARACTERS, NewMessage, ShownMessage
from mailroom.web.shapes import read_body
from support.fakes import a_message

BODY: dict[str, Any] = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read_draft(body: object) -> Draft:
    return read_body(NewMessage, body).drafts()[0]


def refusal(body: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_draft(body)
    return {str(error.pointer): error.detail for error in caught.value.errors}


def test_a_full_message_is_read() -> None:
    draft = read_draft({**BODY, "html": "<p>Good day.</p>", "from": "me@example.com"})

    assert (draft.recipient, draft.sender, draft.subject) == ("ann@example.com", "me@example.com", "Hello")
    assert (draft.text, draft.html) == ("Good day.", "<p>Good day.</p>")


def test_html_and_sender_may_be_left_out() -> None:
    draft = read_draft(BODY)

    assert (draft.html, draft.sender, draft.dry_run) == (None, None, False)


@pytest.mark.parametrize("field", ["to", "subject", "text"])
def test_a_missing_field_is_named(field: str) -> None:
    body = {name: value for name, value in BODY.items() if name != field}

    assert refusal(body) == {f"#/{field}": "This field is required."}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cc": "x"}, {"#/cc": "This field is not known."}),
        ({"sender": "me@example.com"}, {"#/sender": "This field is not known."}),
        ({"a/b~ c": 1}, {"#/a~1b~0%20c": "This field is not known."}),
        ({"to": 3}, {"#/to": "This must be a string."}),
        ({"to": {}}, {"#/to": "This must be a string."}),
        ({"to": "ann"}, {"#/to": "An email address must have an @-sign."}),
        ({"to": "ann@example.com\n"}, {"#/to": "This must be one line without control characters."}),
        ({"to": "a" * 255}, {"#/to": "String should have at most 254 characters."}),
        ({"from": "Me <me@example.com>"}, {"#/from": "A display name and angle brackets around the email address"}),
        ({"subject": "a\r\nBcc: b"}, {"#/subject": "This must be one line without control characters."}),
        ({"subject": "a\x7f"}, {"#/subject": "This must be one line without control characters."}),
        ({"subject": "  "}, {"#/subject": "This must not be blank."}),
        ({"subject": "a" * (SUBJECT_CHARACTERS + 1)}, {"#/subject": "String should have at most 255 characters."}),
        ({"text": ""}, {"#/text": "String should have at least 1 character."}),
        ({"text": "a\x00b"}, {"#/text": "This must not contain the character NUL."}),
        ({"text": "\ud800"}, {"#/text": "This must be Unicode text without lone surrogates."}),
        ({"text": "a" * (BODY_CHARACTERS + 1)}, {"#/text": "String should have at most 131072 characters."}),
        ({"html": False}, {"#/html": "This must be a string."}),
        ({"dry_run": "yes"}, {"#/dry_run": "This must be true or false."}),
        ({"dry_run": None}, {"#/dry_run": "This must be true or false."}),
    ],
)
def test_a_wrong_field_is_named_with_what_is_wrong(change: dict[str, Any], expected: dict[str, str]) -> None:
    found = refusal({**BODY, **change})

    assert found.keys() == expected.keys()
    for pointer, detail in expected.items():
        assert found[pointer].startswith(detail)


def test_all_wrong_fields_are_named_at_once() -> None:
    assert set(refusal({"to": "x", "subject": "\n", "bcc": 1})) == {"#/to", "#/subject", "#/text", "#/bcc"}


@pytest.mark.parametrize("body", [None, [], "text", 3, True])
def test_what_is_no_object_is_refused_as_a_whole(body: object) -> None:
    assert refusal(body) == {"#": "This must be an object."}


def test_of_many_unknown_fields_only_some_are_shown() -> None:
    assert len(refusal({**BODY, **{f"unknown{number}": 1 for number in range(100)}})) == 20


@given(json_values | st.fixed_dictionaries({"to": json_values, "subject": json_values, "text": json_values}))
def test_whatever_json_comes_is_either_read_or_refused_with_reasons(body: object) -> None:
    try:
        draft = read_draft(body)
    except InvalidRequest as error:
        refused = error.errors
    else:
        refused = [FieldError("read", "#")]
        assert "\x00" not in draft.text
    assert refused
    assert all((one.pointer or "").startswith("#") and str(one.pointer).isascii() and one.detail for one in refused)


@given(st.text(max_size=300))
def test_a_subject_that_passes_is_one_line(subject: str) -> None:
    try:
        draft = read_draft({**BODY, "subject": subject})
    except InvalidRequest:
        return
    assert draft.subject == subject
    assert not any(ord(character) < 32 or ord(character) == 127 for character in subject)
    draft.subject.encode("utf-8")


def test_a_shown_message_has_no_bodies() -> None:
    shown = ShownMessage.of(a_message()).model_dump(by_alias=True)

    assert set(shown) == {
        *("id", "state", "to", "from", "subject", "attempts", "reason", "provider_message_id", "request_id"),
        *("created_at", "updated_at", "sent_at", "send_at", "caller", "tags", "headers"),
        *("template", "template_version"),
    }

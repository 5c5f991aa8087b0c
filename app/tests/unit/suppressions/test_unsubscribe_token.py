from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.suppressions.unsubscribe_token import make, read

OLD, NEW = b"o" * 32, b"n" * 32
MESSAGE = UUID("01890000-0000-7000-8000-000000000007")


def test_a_token_is_the_message_and_its_mark() -> None:
    mark = hmac.digest(NEW, b"unsubscribe" + MESSAGE.bytes, "sha256")[:16]

    assert make([NEW], MESSAGE) == urlsafe_b64encode(MESSAGE.bytes + mark).decode().rstrip("=")


@given(st.uuids(), st.binary(min_size=1, max_size=80))
def test_a_token_is_read_as_the_message_it_was_made_for(message_id: UUID, key: bytes) -> None:
    token = make([key], message_id)

    assert (read([key], token), len(token)) == (message_id, 43)


def test_the_first_key_signs() -> None:
    assert make([NEW, OLD], MESSAGE) == make([NEW], MESSAGE) != make([OLD], MESSAGE)


def test_a_token_of_any_key_is_read() -> None:
    assert read([NEW, OLD], make([OLD], MESSAGE)) == MESSAGE


def test_a_token_of_a_key_that_is_gone_is_not_read() -> None:
    assert read([NEW], make([OLD], MESSAGE)) is None


def test_without_keys_no_token_is_read() -> None:
    assert read([], make([NEW], MESSAGE)) is None


@pytest.mark.parametrize("place", range(43))
def test_a_token_with_another_letter_is_not_read(place: int) -> None:
    token = make([NEW], MESSAGE)
    for letter in "AZaz09-_":
        changed = token[:place] + letter + token[place + 1 :]
        assert changed == token or read([NEW], changed) is None


def test_a_token_can_be_written_in_one_way_only() -> None:
    token = make([NEW], MESSAGE)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    assert [letter for letter in letters if read([NEW], token[:-1] + letter)] == [token[-1]]


@given(st.text() | st.text(alphabet="ABCab01-_=", min_size=42, max_size=44))
def test_any_other_text_is_not_read(text: str) -> None:
    assert read([NEW], text) is None


@pytest.mark.parametrize("addition", ["=", "\n", " ", "A"])
def test_nothing_may_follow_a_token(addition: str) -> None:
    assert read([NEW], make([NEW], MESSAGE) + addition) is None

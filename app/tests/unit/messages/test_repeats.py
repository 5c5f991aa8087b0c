from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.messages.entities import Attachment, Draft, Message
from mailroom.messages.repeats import Fingerprints, find_repeats
from support.fake_acceptance import FakeRecentMails
from support.fakes import a_message

texts = st.text(alphabet=["a", "b", "\0"], max_size=3)


def fingerprint(message: Message) -> bytes:
    return Fingerprints().of(message)


@given(st.tuples(texts, texts, texts, texts), st.tuples(texts, texts, texts, texts))
def test_two_mails_have_one_fingerprint_only_where_every_part_is_the_same(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    found = [
        fingerprint(replace(a_message(), sender=parts[0], subject=parts[1], text=parts[2], html=parts[3]))
        for parts in (one, other)
    ]

    assert (found[0] == found[1]) == (one == other)


def test_the_recipient_is_the_same_in_upper_and_lower_case() -> None:
    assert fingerprint(replace(a_message(), recipient="ANN@example.com")) == fingerprint(a_message())


@pytest.mark.parametrize(
    "file",
    [Attachment("b", "text/plain", b"x"), Attachment("a", "text/html", b"x"), Attachment("a", "text/plain", b"y")],
)
def test_files_count_by_name_type_and_content(file: Attachment) -> None:
    with_file = replace(a_message(), attachments=(Attachment("a", "text/plain", b"x"),))

    assert fingerprint(with_file) != fingerprint(replace(a_message(), attachments=(file,)))
    assert fingerprint(with_file) != fingerprint(a_message())
    assert fingerprint(with_file) == fingerprint(replace(with_file, attachments=(Attachment("a", "text/plain", b"x"),)))


def mails(allowed: Sequence[bool]) -> list[tuple[Draft, Message]]:
    """Return as many of the same mail, each asked for as a repeat or not."""
    message = a_message()
    return [
        (Draft(message.recipient, "Hello", "x", allow_repeat=allow), replace(message, id=UUID(int=number)))
        for number, allow in enumerate(allowed, 1)
    ]


def repeats(recent: FakeRecentMails, accepted: list[tuple[Draft, Message]], window: float = 600) -> list[int]:
    return [message_id.int for message_id in find_repeats(recent, accepted, window)]


def test_of_the_same_mails_in_one_request_the_first_is_no_repeat() -> None:
    assert repeats(FakeRecentMails(), mails([False, False, True])) == [2]


def test_without_a_window_nothing_is_a_repeat_or_noted() -> None:
    recent = FakeRecentMails()

    assert repeats(recent, mails([False, False]), window=0) == []
    assert recent.stored == {}


def test_a_repeat_that_is_asked_for_is_the_latest_from_then_on() -> None:
    recent = FakeRecentMails()
    repeats(recent, mails([False]))
    later = [(draft, replace(message, id=UUID(int=9))) for draft, message in mails([False])]
    asked_for = [(replace(draft, allow_repeat=True), replace(message, id=UUID(int=10))) for draft, message in later]

    assert repeats(recent, [*later, *asked_for]) == [9]
    assert list(recent.stored.values()) == [UUID(int=10)]


def test_what_a_repeat_repeats_is_named() -> None:
    recent = FakeRecentMails()
    repeats(recent, mails([False]))

    (conflict,) = find_repeats(recent, [(d, replace(m, id=UUID(int=9))) for d, m in mails([False])], 600).values()

    assert conflict.name == "repeated-message"
    assert conflict.members == {"message_id": str(UUID(int=1)), "to": a_message().recipient}
    assert str(conflict) == (
        "The same mail was accepted for this person a short while ago. Set allow_repeat to send it again."
    )

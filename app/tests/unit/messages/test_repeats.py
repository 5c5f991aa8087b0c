from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.messages.entities import Attachment, Message
from mailroom.messages.repeats import Fingerprints
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

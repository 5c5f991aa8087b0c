from __future__ import annotations

import logging
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.delivery.log_transport import LogTransport
from mailroom.delivery.mime import envelope_sender, writer
from mailroom.delivery.transport import Refused
from mailroom.messages.entities import Attachment
from support.fakes import a_message

LINK = "https://mail.example.com/unsubscribe/TOKEN"
# What people write in a line: anything but control characters, separators of lines and halves of characters.
lines = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=200)


def written(**changes: Any) -> bytes:  # noqa: ANN401 - any field of a message
    return writer(lambda _: LINK)(replace(a_message(), **changes))


def parsed(**changes: Any) -> EmailMessage:  # noqa: ANN401 - same
    mail = message_from_bytes(written(**changes), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_says_from_whom_to_whom_and_what() -> None:
    mail = parsed()

    assert (mail["From"], mail["To"], mail["Subject"]) == ("noreply@mailroom.test", "ann@example.com", "Hello")
    assert text_of(mail, "plain") == "Good day.\n"
    assert mail.get_content_type() == "text/plain"


def test_its_date_is_when_it_was_taken_and_its_id_is_that_of_the_message() -> None:
    mail = parsed()

    assert mail["Date"].datetime == a_message().updated_at
    assert mail["Message-ID"] == f"<{a_message().id}@mailroom.test>"


def test_text_and_html_are_alternatives_of_each_other() -> None:
    mail = parsed(text="Grüße", html="<p>Grüße 😀</p>")

    assert mail.get_content_type() == "multipart/alternative"
    assert text_of(mail, "plain") == "Grüße\n"
    assert text_of(mail, "html") == "<p>Grüße 😀</p>\n"


def test_attachments_come_with_name_type_and_every_byte() -> None:
    content = bytes(range(256)) * 20
    attachments = (
        Attachment("Rechnung März.pdf", "application/pdf", content),
        Attachment("notes.txt", "text/plain; charset=utf-8", b"a\nb"),
    )
    mail = parsed(html="<p>", attachments=attachments)

    assert mail.get_content_type() == "multipart/mixed"
    found = list(mail.iter_attachments())
    assert [part.get_filename() for part in found] == ["Rechnung März.pdf", "notes.txt"]
    assert [part.get_content_type() for part in found] == ["application/pdf", "text/plain"]
    assert [part.get_payload(decode=True) for part in found] == [content, b"a\nb"]


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "pdf", "/", ""])
def test_a_file_of_a_type_that_no_attachment_can_have_goes_as_any_file(kind: str) -> None:
    mail = parsed(attachments=(Attachment("a.eml", kind, b"x"),))

    (part,) = mail.iter_attachments()
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_payload(decode=True) == b"x"


def test_a_sender_with_a_name_keeps_it() -> None:
    mail = parsed(sender="=?utf-8?q?Gr=C3=BC=C3=9Fe=2C_Ann?= <noreply@mailroom.test>")

    (address,) = mail["From"].addresses
    assert (address.display_name, address.addr_spec) == ("Grüße, Ann", "noreply@mailroom.test")


def test_the_envelope_holds_the_bare_address() -> None:
    assert envelope_sender(replace(a_message(), sender='"Ann, B" <a@mailroom.test>')) == "a@mailroom.test"


def test_the_callers_headers_are_there() -> None:
    mail = parsed(headers={"Reply-To": "Ännchen <ann@example.com>", "X-Campaign": "Frühling 2026"})

    assert mail["Reply-To"] == "Ännchen <ann@example.com>"
    assert mail["X-Campaign"] == "Frühling 2026"


@pytest.mark.parametrize("name", ["From", "to", "BCC", "Subject", "Message-ID", "Content-Type", "MIME-Version", "Date"])
def test_a_callers_header_has_no_effect_on_what_is_set_here(name: str) -> None:
    plain, other = parsed(), parsed(headers={name: "x@evil.test"})

    assert other.items() == plain.items()


def test_a_mail_that_can_be_unsubscribed_carries_the_link_for_one_click() -> None:
    mail = parsed(unsubscribable=True, headers={"List-Unsubscribe": "<mailto:x@y.test>"})

    assert mail.get_all("List-Unsubscribe") == [f"<{LINK}>"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_any_other_mail_carries_none_but_the_callers() -> None:
    assert parsed()["List-Unsubscribe"] is None
    own = parsed(headers={"List-Unsubscribe": "<mailto:x@y.test>", "List-Unsubscribe-Post": "x"})
    assert own["List-Unsubscribe"] == "<mailto:x@y.test>"
    assert own["List-Unsubscribe-Post"] is None


def test_without_a_link_a_mail_goes_without_it() -> None:
    mail = message_from_bytes(writer()(replace(a_message(), unsubscribable=True)))

    assert mail["List-Unsubscribe"] is None


def test_a_link_is_not_broken_over_lines() -> None:
    link = f"https://mail.example.com/unsubscribe/{'x' * 43}"

    mail = writer(lambda _: link)(replace(a_message(), unsubscribable=True))

    assert link.encode() in mail


@pytest.mark.parametrize(
    "changes",
    [{"subject": "a\nBcc: x@evil.test"}, {"headers": {"X-A": "b\r\nBcc: x@evil.test"}}, {"headers": {"X A\n": "b"}}],
)
def test_a_header_that_would_become_two_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="It can't be written as a mail") as caught:
        written(**changes)

    assert caught.value.code == "UnwritableMail"


@given(subject=lines, text=st.text(max_size=3000), html=st.none() | st.text(max_size=3000), header=lines)
def test_whatever_it_says_it_is_ascii_in_short_lines_ended_by_cr_lf(
    subject: str, text: str, html: str | None, header: str
) -> None:
    try:
        mail = written(subject=subject, text=text, html=html, headers={"X-Any": header})
    except Refused:
        return

    assert mail.isascii()
    assert all(len(line) < 998 for line in mail.split(b"\r\n"))
    assert b"\n" not in mail.replace(b"\r\n", b"")
    assert b"\r" not in mail.replace(b"\r\n", b"")


@given(subject=st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" "), max_size=200))
def test_a_subject_comes_out_as_it_went_in(subject: str) -> None:
    assert " ".join(parsed(subject=subject)["Subject"].split()) == " ".join(subject.split())


def test_the_log_transport_logs_the_id_and_nothing_personal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    transport = LogTransport(writer())

    assert transport.send(a_message()) == f"log-{a_message().id}"

    transport.close()
    (record,) = caplog.records
    assert record.__dict__["message_id"] == str(a_message().id)
    assert "example.com" not in str(record.__dict__)

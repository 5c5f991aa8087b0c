from __future__ import annotations

from dataclasses import replace

from mailroom.feedback.canonical import text_to_sign
from mailroom.feedback.entities import Notice, NoticeType

# The examples of AWS's own documentation.
NOTICE = Notice(
    type=NoticeType.NOTIFICATION,
    id="4d4dc071-ddbf-465d-bba8-08f81c89da64",
    topic="arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P",
    message="My Test Message",
    timestamp="2019-01-31T04:37:04.321Z",
    signature_version="1",
    signature="",
    certificate_url="",
    subject="My subject",
)


def test_a_notification_is_signed_with_its_subject() -> None:
    assert text_to_sign(NOTICE) == (
        b"Message\nMy Test Message\nMessageId\n4d4dc071-ddbf-465d-bba8-08f81c89da64\nSubject\nMy subject\n"
        b"Timestamp\n2019-01-31T04:37:04.321Z\n"
        b"TopicArn\narn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\nType\nNotification\n"
    )


def test_a_notification_without_a_subject_is_signed_without() -> None:
    assert text_to_sign(replace(NOTICE, subject=None)).startswith(
        b"Message\nMy Test Message\nMessageId\n4d4dc071-ddbf-465d-bba8-08f81c89da64\nTimestamp\n"
    )


def test_a_confirmation_is_signed_with_its_token_and_url_and_without_a_subject() -> None:
    notice = replace(NOTICE, type=NoticeType.SUBSCRIPTION, token="t", subscribe_url="https://x/")

    assert text_to_sign(notice) == (
        b"Message\nMy Test Message\nMessageId\n4d4dc071-ddbf-465d-bba8-08f81c89da64\nSubscribeURL\nhttps://x/\n"
        b"Timestamp\n2019-01-31T04:37:04.321Z\nToken\nt\n"
        b"TopicArn\narn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\nType\nSubscriptionConfirmation\n"
    )


def test_what_is_signed_is_in_utf_8() -> None:
    assert "Message\nGrüße \U0001f600\n".encode() in text_to_sign(replace(NOTICE, message="Grüße \U0001f600"))

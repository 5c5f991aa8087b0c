"""The text that SNS signs (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html)."""

from __future__ import annotations

from mailroom.feedback.entities import Notice, NoticeType


def text_to_sign(notice: Notice) -> bytes:
    r"""Return the signed text in UTF-8: `name\nvalue\n` for each field, in the order of their names."""
    fields: dict[str, str | None] = {
        "Message": notice.message,
        "MessageId": notice.id,
        "Timestamp": notice.timestamp,
        "TopicArn": notice.topic,
        "Type": notice.type.value,
    }
    if notice.type is NoticeType.NOTIFICATION:
        # A notification without a subject is signed without one.
        fields["Subject"] = notice.subject
    else:
        fields |= {"SubscribeURL": notice.subscribe_url, "Token": notice.token}
    return "".join(f"{name}\n{value}\n" for name, value in sorted(fields.items()) if value is not None).encode()

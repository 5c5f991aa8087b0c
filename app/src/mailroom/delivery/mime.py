"""A message as it travels: MIME, written by the standard library.

All of it is ASCII with lines of less than 1000 bytes (RFC 5321, 4.5.3.1.6), since nobody on the way can be relied on to
take more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

from mailroom.delivery.transport import Refused, Write
from mailroom.messages.entities import Attachment, Message

# Returns the address of the page that ends such mail to a message's recipient: https only (RFC 8058, 3.1).
UnsubscribeLink = Callable[[UUID], str]

_POLICY = SMTP.clone(cte_type="7bit")
# A word that doesn't fit into a line would be written in an encoding that no reader of links undoes: so only what must
# be is folded (RFC 5322, 2.1.1).
_WRITTEN = _POLICY.clone(max_line_length=998)
# RFC 5322, 2.2. The standard library takes any name, even one with the end of a line in it.
_HEADER_NAME = re.compile(r"[!-9;-~]+")
# Set here, so a caller's header of that name has no effect.
_OWN = frozenset(
    {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "return-path", "mime-version"}
    | {"list-unsubscribe-post"}
)
_OWN_PREFIXES = ("content-",)
# Their bodies may not be in base64 (RFC 2046, 5.1 and 5.2), so they go as any other file.
_COMPOSITE = frozenset({"multipart", "message"})
_ANY_FILE = ("application", "octet-stream")


def writer(link: UnsubscribeLink | None = None) -> Write:
    """Return what writes messages. Without `link` no mail carries a List-Unsubscribe header of ours."""

    def write(message: Message) -> bytes:
        try:
            return _mail(message, link).as_bytes(policy=_WRITTEN)
        except (ValueError, TypeError, LookupError) as error:
            code = "UnwritableMail"
            raise Refused(code, f"It can't be written as a mail: {error}") from error

    return write


def envelope_sender(message: Message) -> str:
    """Return the sender's bare address."""
    return parseaddr(message.sender)[1]


def _mail(message: Message, link: UnsubscribeLink | None) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = message.sender
    mail["To"] = Address(addr_spec=message.recipient)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.updated_at)
    # The same in a repeat, by which a mailbox may tell that it has the mail already. SES puts its own there.
    mail["Message-ID"] = f"<{message.id}@{envelope_sender(message).rpartition('@')[2]}>"
    unsubscribe = link(message.id) if link is not None and message.unsubscribable else None
    for name, value in message.headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no header's name")
        if _is_callers(name, unsubscribe):
            mail[name] = value
    if unsubscribe is not None:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        main, sub = _type_of(attachment)
        mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.filename)
    return mail


def _is_callers(name: str, unsubscribe: str | None) -> bool:
    lowered = name.lower()
    if lowered == "list-unsubscribe":
        return unsubscribe is None
    return lowered not in _OWN and not lowered.startswith(_OWN_PREFIXES)


def _type_of(attachment: Attachment) -> tuple[str, str]:
    main, _, sub = attachment.content_type.partition(";")[0].strip().lower().partition("/")
    return (main, sub) if main and sub and main not in _COMPOSITE else _ANY_FILE

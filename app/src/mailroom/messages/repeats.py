"""Knowing the same mail to the same person again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from mailroom.errors import Conflict
from mailroom.messages.entities import Attachment, Draft, Message


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to a person by its content: `fingerprint` is the SHA-256 of both, 32 bytes."""

    fingerprint: bytes = field(repr=False)
    message_id: UUID
    allow_repeat: bool


class RecentMails(Protocol):
    """Where the mails of the last minutes are noted, inside one transaction."""

    def note(self, mails: Sequence[Mail], window: float) -> Mapping[bytes, UUID]:
        """Note mails of different fingerprints, and return the earlier message of each that is a repeat.

        One is a repeat that was noted less than `window` seconds ago, unless it was cancelled or has failed. Two
        transactions that note the same mail wait for each other.
        """


class Fingerprints:
    """Makes fingerprints of mails; each file is read once, however many mails it goes with."""

    def __init__(self) -> None:
        self._files: dict[Attachment, bytes] = {}

    def of(self, message: Message) -> bytes:
        """Return the SHA-256 of sender, recipient, subject, bodies and files."""
        parts = [message.sender, message.recipient.lower(), message.subject, message.text, message.html or ""]
        words = [part.encode("utf-8") for part in parts] + [self._file(one) for one in message.attachments]
        return _digest(words)

    def _file(self, attachment: Attachment) -> bytes:
        if attachment not in self._files:
            names = [attachment.filename.encode("utf-8"), attachment.content_type.encode("utf-8")]
            self._files[attachment] = _digest([*names, attachment.content])
        return self._files[attachment]


def find_repeats(recent: RecentMails, accepted: Sequence[tuple[Draft, Message]], window: float) -> dict[UUID, Conflict]:
    """Note all mails, and return those that are repeats, of each other too, by their ids; none for a window of 0."""
    if not window or not accepted:
        return {}
    fingerprints = Fingerprints()
    mails = [Mail(fingerprints.of(message), message.id, draft.allow_repeat) for draft, message in accepted]
    first: dict[bytes, Mail] = {}
    for mail in mails:
        first.setdefault(mail.fingerprint, mail)
    earlier = recent.note(list(first.values()), window)
    # Where the first of a kind is refused, one after it may still be asked for as a repeat: that is now the latest.
    if again := {mail.fingerprint: mail for mail in mails if mail.allow_repeat and mail.fingerprint in earlier}:
        recent.note(list(again.values()), window)
    repeats = {}
    for (_, message), mail in zip(accepted, mails, strict=True):
        known = earlier.get(mail.fingerprint) or first[mail.fingerprint].message_id
        if known != mail.message_id and not mail.allow_repeat:
            repeats[mail.message_id] = _repeated(known, message.recipient)
    return repeats


def _repeated(earlier: UUID, recipient: str) -> Conflict:
    return Conflict(
        "repeated-message",
        "The same mail was accepted for this person a short while ago. Set allow_repeat to send it again.",
        message_id=str(earlier),
        to=recipient,
    )


def _digest(parts: Sequence[bytes]) -> bytes:
    # Each with its length: what ends one part can't begin the next.
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.digest()

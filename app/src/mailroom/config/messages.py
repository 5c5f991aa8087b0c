"""What is accepted of messages."""

from __future__ import annotations

from mailroom.messages.acceptance import Limits
from mailroom.settings import SettingsReader

_MIB = 1024 * 1024
# SES takes mails of 40 MB; base64 makes three bytes four.
_ATTACHMENTS_MOST = 25 * _MIB
_DAY = 86_400


def read_message_limits(reader: SettingsReader) -> Limits:
    """Read how large attachments may be, and for how long a mail counts as a repeat."""
    return Limits(
        attachment_bytes=reader.integer("MAILROOM_MAX_ATTACHMENT_BYTES", 0, _ATTACHMENTS_MOST, default=2 * _MIB),
        repeat_window=reader.number("MAILROOM_REPEAT_WINDOW_SECONDS", 0, _DAY, default=600),
    )

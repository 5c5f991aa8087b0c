"""What the web process is told of SES's notices and of links to end mail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from mailroom.config.unsubscribing import read_unsubscribe_keys
from mailroom.settings import SettingsReader

_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
_HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[1-9]\d{0,4})?")


@dataclass(frozen=True, slots=True)
class FeedbackSettings:
    """Whose notices are taken in, and with what links are signed. Empty: the feature is off.

    Attributes:
        topics: the ARNs of the SNS topics.
        sns_host: `host` or `host:port` of a simulated SNS, beside those of AWS.
        authority: the PEM file of the authorities to trust in place of the system's.
        unsubscribe_keys: the first signs, all verify.

    """

    topics: frozenset[str] = frozenset()
    sns_host: str | None = None
    authority: Path | None = None
    unsubscribe_keys: tuple[bytes, ...] = field(default=(), repr=False)


def read_feedback(reader: SettingsReader) -> FeedbackSettings:
    """Read the settings of feedback: all have defaults."""
    authority = reader.text("AWS_CA_BUNDLE", default="")
    return FeedbackSettings(
        topics=_topics(reader),
        sns_host=_host(reader),
        authority=Path(authority) if authority else None,
        unsubscribe_keys=read_unsubscribe_keys(reader),
    )


def _topics(reader: SettingsReader) -> frozenset[str]:
    topics = [topic.strip() for topic in reader.text("MAILROOM_SES_TOPICS", default="").split(",")]
    for topic in filter(None, topics):
        if not _TOPIC.fullmatch(topic):
            reader.complain(f"MAILROOM_SES_TOPICS names {topic!r}: it must be ARNs of SNS topics, with commas between")
    return frozenset(filter(None, topics))


def _host(reader: SettingsReader) -> str | None:
    host = reader.text("MAILROOM_SNS_HOST", default="")
    if host and not _HOST.fullmatch(host):
        reader.complain(f"MAILROOM_SNS_HOST is {host!r}: it must be a host in lower case, or host:port")
    return host or None

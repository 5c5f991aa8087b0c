"""What the web process is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailroom.config.accounts import AccountSettings, OidcSettings, read_accounts, read_oidc
from mailroom.config.database import DatabaseSettings, read_database
from mailroom.config.edges import EdgeSettings, read_edges
from mailroom.config.feedback import FeedbackSettings, read_feedback
from mailroom.config.limits import LimitSettings, read_limits
from mailroom.config.messages import read_message_limits
from mailroom.config.redis import RedisSettings, read_redis
from mailroom.config.tracing import read_tracing
from mailroom.messages.acceptance import Limits
from mailroom.messages.addresses import InvalidAddress, checked_sender
from mailroom.settings import SettingsReader


@dataclass(frozen=True, slots=True)
class WebSettings:
    """All that the web process needs.

    `oidc` is None where no outside issuer's tokens are taken. `keys_remembered` is in seconds: for as long, an API key
    that was let in is let in again without asking PostgreSQL.
    """

    database: DatabaseSettings
    redis: RedisSettings
    sender: str
    max_body_bytes: int
    feedback: FeedbackSettings = field(default_factory=FeedbackSettings)
    docs: bool = True
    limits: LimitSettings = field(default_factory=LimitSettings)
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    accounts: AccountSettings = field(default_factory=AccountSettings)
    oidc: OidcSettings | None = None
    messages: Limits = field(default_factory=Limits)
    tracing: str | None = None
    keys_remembered: float = 0.0


def read_web_settings(reader: SettingsReader) -> WebSettings:
    """Read the settings of the web process. Raises ConfigurationError naming all that is wrong."""
    settings = WebSettings(
        database=read_database(reader),
        redis=read_redis(reader),
        sender=read_sender(reader),
        feedback=read_feedback(reader),
        docs=reader.switch("MAILROOM_DOCS", default=True),
        limits=read_limits(reader),
        edges=read_edges(reader),
        accounts=read_accounts(reader),
        oidc=read_oidc(reader),
        max_body_bytes=reader.integer("MAILROOM_MAX_BODY_BYTES", 1024, 40 * 1024 * 1024, default=256 * 1024),
        messages=read_message_limits(reader),
        tracing=read_tracing(reader),
        keys_remembered=reader.number("MAILROOM_KEYS_REMEMBERED_SECONDS", 0, 60, default=1),
    )
    reader.finish()
    return settings


def read_sender(reader: SettingsReader) -> str:
    """Read MAILROOM_SENDER: who sends where a message doesn't say."""
    sender = reader.text("MAILROOM_SENDER")
    if not sender:
        return sender
    try:
        return checked_sender(sender)
    except InvalidAddress as error:
        reader.complain(f"MAILROOM_SENDER is {sender!r}: {error}")
        return ""

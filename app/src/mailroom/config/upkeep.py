"""How long what is kept is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailroom.config.database import DatabaseSettings, read_database
from mailroom.settings import SettingsReader
from mailroom.upkeep.entities import Ages, Rest

_LONGEST_DAYS = 3650
# An answer is given again for 24 hours: that is promised.
_IDEMPOTENCY_KEYS = timedelta(hours=24)
# SNS tries to deliver a notice for an hour; a week leaves room for what is delivered again by hand.
_SES_NOTICES = timedelta(days=7)
# A failed job is there for people to look at.
_JOBS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long bodies, events, the marks of recent mails, and the top of days and weeks are kept."""

    bodies: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=400)
    recent_mails: timedelta = timedelta(days=7)
    top: timedelta = timedelta(days=100)

    def ages(self) -> Ages:
        """Return how old each kind may become."""
        return {
            Rest.BODIES: self.bodies,
            Rest.ATTACHMENTS: self.bodies,
            Rest.EVENTS: self.events,
            Rest.IDEMPOTENCY_KEYS: _IDEMPOTENCY_KEYS,
            Rest.RECENT_MAILS: self.recent_mails,
            Rest.SES_NOTICES: _SES_NOTICES,
            # They say themselves when they are over.
            Rest.LOGINS: timedelta(0),
            Rest.TOP: self.top,
            Rest.JOBS: _JOBS,
        }


@dataclass(frozen=True, slots=True)
class PurgeSettings:
    """All that `mailroom purge` needs."""

    database: DatabaseSettings
    retention: RetentionSettings


def read_retention(reader: SettingsReader) -> RetentionSettings:
    """Read how long what is kept is kept."""

    def days(name: str, default: int) -> timedelta:
        return timedelta(days=reader.integer(f"MAILROOM_RETENTION_{name}_DAYS", 1, _LONGEST_DAYS, default=default))

    return RetentionSettings(
        bodies=days("BODIES", 30),
        events=days("EVENTS", 400),
        recent_mails=days("RECENT_MAILS", 7),
        top=days("TOP", 100),
    )


def read_purge_settings(reader: SettingsReader) -> PurgeSettings:
    """Read the settings of `mailroom purge`. Raises ConfigurationError naming all that is wrong."""
    settings = PurgeSettings(read_database(reader), read_retention(reader))
    reader.finish()
    return settings

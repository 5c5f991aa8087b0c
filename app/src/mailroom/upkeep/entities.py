"""What is removed when it is over, and what a run of that did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID


class Rest(StrEnum):
    """What stays behind when its time is over, in the order in which it is removed."""

    BODIES = "bodies"
    ATTACHMENTS = "attachments"
    EVENTS = "events"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    RECENT_MAILS = "recent_mails"
    SES_NOTICES = "ses_notices"
    LOGINS = "logins"
    TOP = "top"
    JOBS = "jobs"


Ages = Mapping[Rest, timedelta]
"""How old each may become. Attachments go with the last body that they belong to: theirs is that of bodies."""

Place = int | UUID
"""Where a walk through a table by its key has got to."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction removed, whether there may be more, and where a walk goes on."""

    removed: int
    more: bool
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """What a run removed of one kind; `failed` where it broke off with an error."""

    rest: Rest
    removed: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be seen in the database only.

    Attributes:
        overdue: seconds for which the oldest of each kind should have been gone; 0 where nothing should.
        statistics_age: seconds since when events aren't counted.
        users_active: people who logged in within a day.

    """

    overdue: Mapping[Rest, float]
    statistics_age: float
    users_active: int

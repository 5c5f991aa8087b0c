"""A fake of all storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field

from mailroom.errors import StorageUnavailable
from support.accounts import FakeFamilies, FakeUsers
from support.fake_acceptance import FakeIdempotencyKeys, FakeRecentMails, FakeTemplates
from support.fake_feedback import FakeFeedback, FakeSuppressions
from support.fake_keys import FakeKeys
from support.fake_statistics import FakeFolding, FakeStatistics
from support.fakes import FakeMessages, FakeQueue


@dataclass
class FakeStorage:
    """All of it; `away` makes the next so many transactions fail when they begin."""

    messages: FakeMessages = field(default_factory=FakeMessages)
    keys: FakeKeys = field(default_factory=FakeKeys)
    queue: FakeQueue = field(default_factory=FakeQueue)
    suppressions: FakeSuppressions = field(default_factory=FakeSuppressions)
    statistics: FakeStatistics = field(default_factory=FakeStatistics)
    folding: FakeFolding = field(default_factory=FakeFolding)
    users: FakeUsers = field(default_factory=FakeUsers)
    families: FakeFamilies = field(init=False)
    feedback: FakeFeedback = field(init=False)
    recent: FakeRecentMails = field(default_factory=FakeRecentMails)
    idempotency: FakeIdempotencyKeys = field(default_factory=FakeIdempotencyKeys)
    templates: FakeTemplates = field(default_factory=FakeTemplates)
    away: int = 0

    def __post_init__(self) -> None:
        self.feedback = FakeFeedback(self.messages)
        self.families = FakeFamilies(self.users)

    @contextmanager
    def unit_of_work(self) -> Iterator[FakeStorage]:
        if self.away:
            self.away -= 1
            raise StorageUnavailable("away")
        kept = self._kept()
        try:
            yield self
        except BaseException:
            for one, before_it in kept:
                vars(one).update(before_it)
            raise

    def _kept(self) -> list[tuple[object, dict[str, object]]]:
        # A test may take a part away.
        parts = [one for name, one in vars(self).items() if one and name != "away"]
        return [(one, {name: copy(value) for name, value in vars(one).items() if _holds(value)}) for one in parts]


def _holds(value: object) -> bool:
    return isinstance(value, dict | list | set)

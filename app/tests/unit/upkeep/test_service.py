from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from mailroom.config import RetentionSettings
from mailroom.errors import StorageUnavailable
from mailroom.upkeep.entities import Batch, Place, Purged, Rest
from mailroom.upkeep.service import PurgePace, PurgeService

AGES = RetentionSettings().ages()


@dataclass
class FakeRests:
    """So much of each kind; `broken` kinds raise when something is left of them after so many batches."""

    left: dict[Rest, int] = field(default_factory=dict)
    broken: dict[Rest, Exception] = field(default_factory=dict)
    asked: list[tuple[Rest, timedelta, int, Place | None]] = field(default_factory=list)

    def remove(self, rest: Rest, age: timedelta, at_most: int, place: Place | None) -> Batch:
        self.asked.append((rest, age, at_most, place))
        if place is not None and rest in self.broken:
            raise self.broken[rest]
        removed = min(at_most, self.left.get(rest, 0))
        self.left[rest] = self.left.get(rest, 0) - removed
        return Batch(removed, removed == at_most, len(self.asked))

    def count(self, rest: Rest, age: timedelta) -> int:
        assert age == AGES[rest]
        return self.left.get(rest, 0)


@dataclass
class FakeWork:
    rests: FakeRests


class Upkeep:
    """A service with its surroundings."""

    def __init__(self, rests: FakeRests, pace: PurgePace, stop_after: int = 1000) -> None:
        self.rests = rests
        self.waits: list[float] = []
        self.told: list[tuple[Rest, int]] = []
        self._stop_after = stop_after
        self.service = PurgeService(
            self._unit_of_work, AGES, self._wait, lambda rest, rows: self.told.append((rest, rows)), pace
        )

    @contextmanager
    def _unit_of_work(self) -> Iterator[FakeWork]:
        yield FakeWork(self.rests)

    def _wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return len(self.waits) > self._stop_after


def removed(done: list[Purged]) -> dict[Rest, int]:
    return {one.rest: one.removed for one in done if one.removed}


def test_each_kind_is_removed_by_its_age_in_batches_with_pauses() -> None:
    upkeep = Upkeep(FakeRests({Rest.BODIES: 5, Rest.JOBS: 1}), PurgePace(batch=2, pause=0.5))

    done = upkeep.service.purge()

    assert [one.rest for one in done] == list(Rest)
    assert removed(done) == {Rest.BODIES: 5, Rest.JOBS: 1}
    assert [rows for rest, rows in upkeep.told if rest is Rest.BODIES] == [2, 2, 1]
    assert {(rest, age, most) for rest, age, most, _ in upkeep.rests.asked} == {(rest, AGES[rest], 2) for rest in Rest}
    assert upkeep.waits.count(0.5) == 2


def test_a_walk_goes_on_where_the_last_batch_ended() -> None:
    upkeep = Upkeep(FakeRests({Rest.BODIES: 5}), PurgePace(batch=2))

    upkeep.service.purge()

    assert [place for rest, _, _, place in upkeep.rests.asked if rest is Rest.BODIES] == [None, 1, 2]


def test_a_run_is_bounded_for_each_kind() -> None:
    upkeep = Upkeep(FakeRests({Rest.BODIES: 50, Rest.EVENTS: 50}), PurgePace(batch=2, batches=3))

    assert removed(upkeep.service.purge()) == {Rest.BODIES: 6, Rest.EVENTS: 6}


def test_by_hand_it_is_not() -> None:
    upkeep = Upkeep(FakeRests({Rest.BODIES: 500}), PurgePace(batch=2, batches=None))

    assert removed(upkeep.service.purge()) == {Rest.BODIES: 500}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StorageUnavailable("away"), "what is over can't be removed now"),
        (RuntimeError("odd"), "removing what is over broke"),
    ],
)
def test_a_kind_that_fails_does_not_stop_the_others(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    rests = FakeRests({Rest.EVENTS: 5, Rest.JOBS: 1}, broken={Rest.EVENTS: error})
    upkeep = Upkeep(rests, PurgePace(batch=2))

    with caplog.at_level(logging.WARNING):
        done = upkeep.service.purge()

    assert [one for one in done if one.failed] == [Purged(Rest.EVENTS, 2, failed=True)]
    assert removed(done) == {Rest.EVENTS: 2, Rest.JOBS: 1}
    assert [(record.message, vars(record)["rest"]) for record in caplog.records] == [(said, "events")]


def test_told_to_stop_it_ends_with_the_batch_in_hand() -> None:
    upkeep = Upkeep(FakeRests({Rest.BODIES: 50}), PurgePace(batch=2), stop_after=1)

    assert upkeep.service.purge() == [Purged(Rest.BODIES, 2)]


def test_what_is_due_is_counted_and_stays() -> None:
    upkeep = Upkeep(FakeRests({Rest.BODIES: 5}), PurgePace())

    assert upkeep.service.due() == [Purged(rest, 5 if rest is Rest.BODIES else 0) for rest in Rest]
    assert upkeep.rests.asked == []

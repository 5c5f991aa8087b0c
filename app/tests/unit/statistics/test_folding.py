from __future__ import annotations

import pytest

from mailroom.errors import StorageUnavailable
from mailroom.statistics.folding import Folded, FoldingPace, FoldingService
from support.fake_statistics import FakeFolding
from support.fake_storage import FakeStorage


class Waiting:
    """Waits for nothing; tells to stop when asked so often."""

    def __init__(self, stop_at: int = 1000) -> None:
        self.waits: list[float] = []
        self._stop_at = stop_at

    def __call__(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return len(self.waits) >= self._stop_at


def test_all_is_folded_in_batches_and_each_is_told() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5))
    told: list[int] = []

    folded = FoldingService(storage.unit_of_work, Waiting(), told.append, FoldingPace(batch=2)).fold()

    assert folded == Folded(5, complete=True)
    assert told == [2, 2, 1]


def test_a_run_is_bounded() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5))

    folded = FoldingService(storage.unit_of_work, Waiting(), print, FoldingPace(batch=2, batches=2)).fold()

    assert folded == Folded(4, complete=False)


def test_nothing_is_folded_while_a_lower_id_may_appear() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5, unsettled=1))

    folded = FoldingService(storage.unit_of_work, Waiting(), print, FoldingPace(patience=0)).fold()

    assert folded == Folded(0, complete=False)
    assert storage.folding.folded == 0


def test_it_looks_again_until_all_is_settled() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5, unsettled=3))
    waiting = Waiting()

    folded = FoldingService(storage.unit_of_work, waiting, print, FoldingPace(patience=60, glance=0.25)).fold()

    assert folded == Folded(5, complete=True)
    assert waiting.waits == [0.25] * 3


def test_told_to_stop_it_waits_no_longer() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5, unsettled=3))

    folded = FoldingService(storage.unit_of_work, Waiting(stop_at=1), print, FoldingPace(patience=60)).fold()

    assert folded == Folded(0, complete=False)


def test_told_to_stop_it_ends_with_the_batch_in_hand() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5))

    folded = FoldingService(storage.unit_of_work, Waiting(stop_at=2), print, FoldingPace(batch=1)).fold()

    assert folded == Folded(2, complete=False)


def test_while_another_folds_it_leaves_off() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5, busy=True))

    assert FoldingService(storage.unit_of_work, Waiting(), print).fold() == Folded(0, complete=False)


def test_a_storage_that_is_away_is_told() -> None:
    storage = FakeStorage(folding=FakeFolding(events=5), away=1)

    with pytest.raises(StorageUnavailable, match="away"):
        FoldingService(storage.unit_of_work, Waiting(), print).fold()

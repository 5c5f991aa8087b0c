from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from mailroom.ratelimits.failover import Failover
from mailroom.ratelimits.local import LocalCounter
from support.limits import FakeShared, reads
from support.processes import eventually


@pytest.fixture
def shared() -> FakeShared:
    return FakeShared()


@pytest.fixture
def changes() -> list[bool]:
    return []


@pytest.fixture
def failover(shared: FakeShared, changes: list[bool]) -> Iterator[Failover]:
    failover = Failover(shared, LocalCounter(2), changes.append, pause=0.01)
    yield failover
    failover.close()


def amount(failover: Failover) -> int:
    """Return what is applied: all of 10, or the half that is one process's share."""
    return failover.count([reads(10)])[0].rate.amount


def test_the_shared_counter_counts_while_it_can(failover: Failover, changes: list[bool]) -> None:
    assert (amount(failover), changes) == (10, [])


def test_from_its_first_failure_the_local_one_does(failover: Failover, shared: FakeShared, changes: list[bool]) -> None:
    shared.away = True

    assert ([amount(failover), amount(failover)], changes) == ([5, 5], [True])


def test_while_it_is_away_no_request_waits_for_it(shared: FakeShared, changes: list[bool]) -> None:
    failover = Failover(shared, LocalCounter(2), changes.append, pause=3600)
    shared.away = True
    for _ in range(10):
        amount(failover)

    assert shared.asked == 1
    failover.close()


def test_it_is_asked_again_until_it_is_back(failover: Failover, shared: FakeShared, changes: list[bool]) -> None:
    shared.away = True
    amount(failover)
    eventually(lambda: shared.asked > 3)
    shared.away = False
    eventually(lambda: changes == [True, False])

    assert amount(failover) == 10


def test_it_is_asked_by_one_thread_that_ends_when_it_is_back(
    failover: Failover, shared: FakeShared, changes: list[bool]
) -> None:
    shared.away = True
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        amount(failover)

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert changes == [True]
    assert sum(thread.name == "limits" for thread in threading.enumerate()) == 1
    shared.away = False
    eventually(lambda: not any(thread.name == "limits" for thread in threading.enumerate()))


def test_after_closing_nobody_looks_for_it(shared: FakeShared, changes: list[bool]) -> None:
    failover = Failover(shared, LocalCounter(2), changes.append, pause=0.01)
    failover.close()
    shared.away = True

    assert (amount(failover), changes) == (5, [])
    assert not any(thread.name == "limits" for thread in threading.enumerate())


def test_both_changes_are_logged_once(
    failover: Failover, shared: FakeShared, changes: list[bool], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mailroom")
    shared.away = True
    amount(failover)
    amount(failover)
    shared.away = False
    eventually(lambda: len(caplog.messages) == 2)

    assert caplog.messages == ["limits are counted by each process alone", "limits are counted in redis again"]
    assert changes == [True, False]

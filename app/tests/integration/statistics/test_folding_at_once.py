"""Folding on a real database: each event once, whatever happens beside it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.errors import StorageUnavailable
from mailroom.statistics.folding import Folded, FoldingPace, FoldingService
from support.databases import Database
from support.folding import counted, expected, folding, found
from support.mail import NOON, add_event, add_message
from support.processes import eventually


def test_an_event_with_a_lower_id_that_is_committed_later_is_not_left_out(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    with database.connection(database.service) as older, database.connection(database.service) as younger:
        for one in (older, younger):
            one.autocommit = False
            one.execute("SELECT pg_current_xact_id()")
        # The younger transaction takes the lower id; the older one takes the next and ends first. The event that can
        # be seen is of a transaction older than all that are under way, and still an id before it is to come.
        add_event(younger, message, "sent")
        add_event(older, message, "sent")
        older.commit()
        early = folding(work).fold()
        younger.commit()

    assert early == Folded(0, complete=False)
    assert folding(work).fold() == Folded(2, complete=True)
    assert counted(database) == 2


def test_it_waits_a_moment_for_those_under_way(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    with database.connection(database.service) as slow:
        slow.autocommit = False
        add_event(slow, message, "sent")
        add_event(connection, message, "sent")
        waited: list[float] = []

        def wait(seconds: float) -> bool:
            waited.append(seconds)
            slow.commit()
            return False

        folded = FoldingService(work, wait, lambda _: None, FoldingPace(patience=60)).fold()

    assert folded == Folded(2, complete=True)
    assert waited == [0.05]


def test_what_was_undone_leaves_a_gap_that_holds_nothing_up(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    with database.connection(database.service) as undone:
        undone.autocommit = False
        add_event(undone, message, "sent")
        add_event(connection, message, "sent")
        undone.rollback()

    assert folding(work).fold() == Folded(1, complete=True)


def test_whoever_has_an_id_of_an_event_has_a_number_as_a_transaction_before(
    connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    # The id that is worked out says whether there was a number by then. Were the column `transaction` behind it, there
    # would be a moment in which a transaction holds an id and can't be waited for.
    with database.connection() as administrator:
        administrator.execute(
            "INSERT INTO message_events (kind, message_id, id) OVERRIDING SYSTEM VALUE "
            "SELECT 'sent', %s, CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN -1 ELSE -2 END",
            (message,),
        )

    assert database.rows("SELECT id FROM message_events") == [(-2,)]


def test_two_that_fold_at_once_count_each_event_once(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    for _ in range(60):
        add_event(connection, message, "sent")
    together = threading.Barrier(2)

    def fold() -> int:
        together.wait(60)
        return sum(folding(work, FoldingPace(batch=3, batches=100, patience=5)).fold().events for _ in range(3))

    with ThreadPoolExecutor(2) as threads:
        folded = [one.result(30) for one in [threads.submit(fold) for _ in range(2)]]
    rest = folding(work).fold().events

    assert sum(folded) + rest == 60
    assert counted(database) == 60


def test_while_one_folds_another_leaves_it_alone(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    add_event(connection, add_message(connection), "sent")
    with database.connection(database.service) as other, other.transaction():
        other.execute("SELECT 1 FROM statistics_progress FOR UPDATE")

        assert folding(work).fold() == Folded(0, complete=False)

    assert counted(database) == 0


def test_beside_writers_every_event_is_counted_once(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection, tags=["a"])
    writing = threading.Event()
    writing.set()

    def write() -> None:
        with database.connection(database.service) as mine:
            for number in range(40):
                with mine.transaction(force_rollback=number % 5 == 0):
                    for kind in ("accepted", "sent"):
                        add_event(mine, message, kind)

    def fold() -> None:
        while writing.is_set():
            folding(work, FoldingPace(batch=7, patience=5)).fold()

    with ThreadPoolExecutor(5) as threads:
        folders = [threads.submit(fold) for _ in range(2)]
        writers = [threads.submit(write) for _ in range(3)]
        for writer in writers:
            writer.result(60)
        writing.clear()
        for folder in folders:
            folder.result(60)
    folding(work, FoldingPace(patience=5)).fold()

    assert counted(database) == 96
    assert found(database) == expected(database)


def test_a_folder_that_is_killed_halfway_has_counted_nothing_of_its_batch(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database
) -> None:
    message = add_message(connection)
    for _ in range(6):
        add_event(connection, message, "sent")
    folding(work, FoldingPace(batch=2, batches=1, patience=0)).fold()
    with work() as unit:
        frontier = unit.folding.draw_frontier()

    def fold() -> None:
        with work() as unit:
            unit.folding.fold(frontier, 2)

    # The first table of a batch is written; at the second it waits for a row that somebody has in hand.
    with database.connection() as holder, holder.transaction(), ThreadPoolExecutor(1) as threads:
        holder.execute("SELECT 1 FROM statistics_top FOR UPDATE")
        killed = threads.submit(fold)
        eventually(database.has_a_waiter)
        database.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with pytest.raises(StorageUnavailable, match="terminating connection"):
            killed.result(10)
    assert counted(database) == 2

    folding(work).fold()

    assert counted(database) == 6
    assert database.rows("SELECT DISTINCT count FROM statistics_top") == [(6,)]


KINDS = st.sampled_from(["accepted", "sent", "delivered", "bounced"])


STEPS = st.one_of(
    st.tuples(st.just("event"), st.integers(0, 2), KINDS, st.integers(0, 3), st.integers(0, 2)),
    st.tuples(st.just("end"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("fold"), st.integers(1, 3)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=30))
def test_however_events_and_folds_interleave_the_totals_are_those_of_the_events(
    work: UnitOfWorkFactory, connection: Connection[Any], database: Database, steps: list[tuple[Any, ...]]
) -> None:
    connection.execute("DELETE FROM messages")
    connection.execute("DELETE FROM statistics_days")
    connection.execute("DELETE FROM statistics_top")
    messages = [
        add_message(connection, f"ann@{domain}.test", tags=tags)
        for domain, tags in (("a", []), ("b", ["x"]), ("b", ["x", "y"]), ("c", ["y"]))
    ]
    with ExitStack() as stack:
        writers = [stack.enter_context(database.connection(database.service)) for _ in range(3)]
        for writer in writers:
            writer.autocommit = False
        for step in steps:
            match step:
                case ("event", writer, kind, message, days):
                    add_event(writers[writer], messages[message], kind, NOON.replace(day=NOON.day + days))
                case ("end", writer, True):
                    writers[writer].commit()
                case ("end", writer, False):
                    writers[writer].rollback()
                case ("fold", batch):
                    folding(work, FoldingPace(batch=batch, batches=2, patience=0)).fold()
        for writer in writers:
            writer.commit()
    folding(work).fold()

    assert found(database) == expected(database)
    sent = database.rows("SELECT count(*) FROM message_events WHERE kind = 'sent'")
    assert (
        database.rows("SELECT coalesce(sum(count), 0) FROM statistics_top WHERE (unit, role) = ('year', 'sender')")
        == sent
    )

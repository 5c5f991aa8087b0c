"""How the statements of statistics and upkeep go about it among 60,000 messages: by an index, never through all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mailroom.config import RetentionSettings
from mailroom.db.unit_of_work import UnitOfWork
from mailroom.delivery.queue import deferring_app
from mailroom.statistics.entities import Dimension, Party, Period, Unit
from mailroom.statistics.folding import Batch, FoldingPace, FoldingService
from mailroom.upkeep.entities import Rest
from support.databases import Cluster, Database
from support.filling import analyze, fill
from support.mail import work_on
from support.plans import Asked, indexes, nodes, plan, read_whole, recording

MESSAGES = 60_000
TODAY = datetime.now(UTC).date()
MONTH = Period(TODAY - timedelta(days=30), TODAY)
YEAR = Period(TODAY - timedelta(days=365), TODAY)


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> Iterator[Database]:
    with cluster.database() as database, database.connection() as connection:
        fill(connection, MESSAGES)
        analyze(connection)
        with work_on(database) as work:
            FoldingService(
                work, lambda _: False, lambda _: None, FoldingPace(batch=20_000, batches=100, patience=0)
            ).fold()
        analyze(connection)
        yield database


@pytest.fixture
def unit(filled: Database) -> Iterator[UnitOfWork]:
    """Return the repositories inside a transaction that is undone."""
    with filled.connection(filled.service) as connection, connection.transaction(force_rollback=True):
        yield UnitOfWork(connection, deferring_app())


def plans(database: Database, asked: list[Asked]) -> list[dict[str, object]]:
    with database.connection() as connection:
        return [plan(connection, one) for one in asked]


def test_everything_was_folded(filled: Database) -> None:
    events = filled.rows("SELECT count(*) FROM message_events")

    assert filled.rows("SELECT sum(count) FROM statistics_days WHERE dimension = 'all'") == events
    assert filled.rows("SELECT sum(count) FROM statistics_days WHERE dimension = 'domain'") == events
    assert events[0][0] > 2 * MESSAGES


@pytest.mark.parametrize(
    ("dimension", "key"), [(Dimension.ALL, ""), (Dimension.TAG, "tag3"), (Dimension.DOMAIN, "domain0.test")]
)
def test_days_are_one_stretch_of_an_index(filled: Database, unit: UnitOfWork, dimension: Dimension, key: str) -> None:
    with recording() as asked:
        rows = list(unit.statistics.days(YEAR, dimension, key))

    (found,) = plans(filled, asked)
    assert len({day for day, _, _ in rows}) >= 365
    assert indexes(found) == {"statistics_days_key"}
    assert read_whole(found) == set()


@pytest.mark.parametrize("dimension", [Dimension.TAG, Dimension.DOMAIN])
def test_totals_read_no_other_days_and_no_other_dimension(
    filled: Database, unit: UnitOfWork, dimension: Dimension
) -> None:
    with recording() as asked:
        rows = list(unit.statistics.totals(MONTH, dimension, 5))

    (found,) = plans(filled, asked)
    assert len({key for key, _, _ in rows}) == 5
    assert indexes(found) == {"statistics_days_accepted", "statistics_days_key"}
    assert read_whole(found) == set()
    first, each = (node for node in nodes(found) if "Index Name" in node)
    assert (first["Node Type"], "Filter" in first) == ("Index Only Scan", False)
    assert "ANY" in first["Index Cond"]
    assert all("dimension" in node["Index Cond"] for node in (first, each))


def test_what_had_none_accepted_is_looked_for_only_where_there_is_room(filled: Database, unit: UnitOfWork) -> None:
    with recording() as asked:
        list(unit.statistics.totals(MONTH, Dimension.TAG, 100))

    _, rest = plans(filled, asked)
    assert indexes(rest) == {"statistics_days_pkey"}
    assert read_whole(rest) == set()


@pytest.mark.parametrize("unit_of_time", list(Unit))
@pytest.mark.parametrize("role", list(Party))
def test_the_top_are_the_first_entries_of_an_index(
    filled: Database, unit: UnitOfWork, unit_of_time: Unit, role: Party
) -> None:
    with recording() as asked:
        rows = list(unit.statistics.top(unit_of_time, unit_of_time.first_day(TODAY), role, 20))

    (found,) = plans(filled, asked)
    assert [count for _, count in rows] == sorted((count for _, count in rows), reverse=True)
    assert rows
    assert indexes(found) == {"statistics_top_first"}
    assert {node["Node Type"] for node in nodes(found)} <= {"Limit", "Index Scan", "Index Only Scan"}


def test_folding_reads_events_and_messages_by_their_keys(filled: Database, unit: UnitOfWork) -> None:
    filled.rows("UPDATE statistics_progress SET folded_to = folded_to - 900")
    frontier = unit.folding.draw_frontier()
    with recording() as asked:
        batch = unit.folding.fold(frontier, 600)

    assert batch == Batch(600, last=False)
    found = plans(filled, asked)
    assert set().union(*(indexes(one) for one in found)) >= {"message_events_pkey", "messages_pkey"}
    assert set().union(*(read_whole(one) for one in found)) <= {"statistics_progress"}


def test_the_frontier_is_the_end_of_an_index(filled: Database, unit: UnitOfWork) -> None:
    with recording() as asked:
        unit.folding.draw_frontier()

    assert indexes(plans(filled, asked)[0]) == {"message_events_pkey"}


@pytest.mark.parametrize(
    ("rest", "index"),
    [
        (Rest.BODIES, "messages_unpurged"),
        (Rest.ATTACHMENTS, "attachments_pkey"),
        (Rest.EVENTS, "message_events_pkey"),
        (Rest.TOP, "statistics_top_pkey"),
    ],
)
def test_what_is_over_is_found_by_an_index(filled: Database, unit: UnitOfWork, rest: Rest, index: str) -> None:
    with recording() as asked:
        unit.rests.remove(rest, timedelta(days=300), 500, None)

    (found,) = plans(filled, asked)
    assert index in indexes(found)
    assert read_whole(found) & {"messages", "message_events", "message_tags", "statistics_top"} == set()


def test_measuring_reads_no_large_table_from_end_to_end(filled: Database, unit: UnitOfWork) -> None:
    with recording() as asked:
        unit.rests.measures(RetentionSettings().ages())

    found = plans(filled, asked)
    assert set().union(*(read_whole(one) for one in found)) & {"messages", "message_events", "statistics_top"} == set()
    assert "messages_unpurged" in set().union(*(indexes(one) for one in found))

"""Faults of PostgreSQL."""

from __future__ import annotations

import shlex

from tests.faults.asking import read_a_message_among_lists, read_messages
from tests.faults.fault import BUDGET_OVER, STOP, Fault, in_background

PSQL = "cd / && sudo -u postgres psql --quiet --no-align --tuples-only --dbname mailroom"


def as_administrator(statement: str) -> str:
    """Return a command that runs a statement as PostgreSQL's administrator."""
    return f"{PSQL} --command {shlex.quote(statement)}"


# How many sessions there may be beside those kept for administrators, and how many there are.
MOST = "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
USED = "select count(*) from pg_stat_activity where backend_type = 'client backend'"


def sessions(count: str) -> str:
    """Return a command that has so many more sessions, by an expression of bash, sleep in the background."""
    script = f"""
most=$(psql --no-align --tuples-only --command "{MOST}") used=$(psql --no-align --tuples-only --command "{USED}")
for n in $(seq $(({count}))); do psql --quiet --command 'set role mailroom_owner; select pg_sleep(1500)' & done; wait
"""
    return in_background(script, "User=postgres")


def in_a_transaction(statement: str, rest: str) -> str:
    """Return a command that holds what a statement locked for as long as another statement takes, in the background."""
    return in_background(f'psql --quiet --dbname mailroom -c "begin; {statement}; {rest}; rollback"', "User=postgres")


# Seconds, not equally many each time, or clients could fall into step with them.
UNEVEN = "0.8 + 0.8 * random()"


def locked_but_for_moments(table: str, seconds: str) -> str:
    """Return a command that locks a table again and again for some seconds, an expression of SQL, in the background.

    Whoever waits for the table has it in between.
    """
    round_ = f"lock {table}; perform pg_sleep({seconds}); commit;"
    block = f"do $$ begin for round in 1..10000 loop {round_} end loop; end $$"
    return in_background(f"psql --quiet --dbname mailroom --command '{block}'", "User=postgres")


FAULTS = (
    Fault(
        alert="PostgresqlDown",
        what="PostgreSQL is stopped",
        make="systemctl stop postgresql@17-main",
        mend="systemctl start postgresql@17-main",
    ),
    Fault(
        alert="PostgresqlConnectionsHigh",
        what="sessions fill nine tenths of max_connections",
        make=sessions("most * 9 / 10 - used"),
        mend=STOP,
    ),
    Fault(
        alert="PostgresqlConnectionsFull",
        what="sessions fill max_connections",
        make=sessions("most - used"),
        mend=STOP,
        # Who opens a new connection is refused: the exporter, a worker that starts its own, the probe by them.
        beside=frozenset({"PostgresqlDown", "PostgresqlConnectionsHigh", "ProbeFailed", "TargetMissing"}),
    ),
    Fault(
        alert="PostgresqlDeadlocks",
        what="two transactions wait for each other",
        make=f"""
{as_administrator("create table if not exists fault_a (); create table if not exists fault_b ()")}
one='begin; lock fault_a; select pg_sleep(2); lock fault_b; rollback'
two='begin; lock fault_b; select pg_sleep(2); lock fault_a; rollback'
{PSQL} -c "$one" & {PSQL} -c "$two" & wait; true
""",
        mend=as_administrator("drop table if exists fault_a, fault_b"),
    ),
    Fault(
        alert="PostgresqlRollbacks",
        what="a client's transactions are all rolled back",
        # A session tells how many of its transactions there were when it ends, at the latest.
        make=in_background(
            "while true; do for n in $(seq 100); do echo 'begin; select 1; rollback;'; done |"
            " psql --quiet --dbname mailroom >/dev/null; sleep 1; done",
            "User=postgres",
        ),
        mend=STOP,
    ),
    Fault(
        alert="PostgresqlTransactionLong",
        what="a transaction stays open for more than 10 minutes",
        make=in_a_transaction("select count(*) from schema_migrations", "select pg_sleep(1400)"),
        mend=STOP,
        limit=900,
        slow=True,
    ),
    Fault(
        alert="PostgresqlCheckpointsForced",
        what="checkpoints are asked for again and again",
        make=in_background(
            "for n in $(seq 200); do psql --quiet --dbname mailroom -c checkpoint; sleep 5; done", "User=postgres"
        ),
        mend=STOP,
    ),
    Fault(
        alert="PostgresqlArchiveFailing",
        what="the command that archives fails",
        make=f"""
{as_administrator("alter system set archive_mode = on")}
{as_administrator("alter system set archive_command = 'false'")}
systemctl restart postgresql@17-main
{as_administrator("select pg_switch_wal()")}""",
        mend=f"{as_administrator('alter system reset archive_mode')}; "
        f"{as_administrator('alter system reset archive_command')}; systemctl restart postgresql@17-main",
        # It is restarted for the setting.
        beside=frozenset({"PostgresqlDown"}),
    ),
    Fault(
        alert="LatencyBudgetBurnsFast",
        what="a table is locked for a second, again and again",
        make=locked_but_for_moments("messages", UNEVEN),
        mend=STOP,
        clients=read_messages,
        beside=frozenset({"LatencyBudgetBurns"}),
    ),
    Fault(
        alert="LatencyBudgetBurns",
        what="a table that few requests need is locked for a second, again and again",
        make=locked_but_for_moments("message_events", UNEVEN),
        mend=STOP,
        clients=read_a_message_among_lists,
        limit=900,
        over=BUDGET_OVER,
        slow=True,
    ),
    Fault(
        alert="ExceptionsRaised",
        what="the service's role may not read a table any more",
        make=as_administrator("revoke select on message_events from mailroom"),
        mend=as_administrator("grant select on message_events to mailroom"),
        clients=read_a_message_among_lists,
        beside=frozenset({"ErrorBudgetBurnsFast", "ErrorBudgetBurns", "EdgeErrorRatioHigh"}),
    ),
    Fault(
        alert="ErrorBudgetBurnsFast",
        what="every reading of a message fails, since its table may not be read",
        make=as_administrator("revoke select on messages from mailroom"),
        mend=as_administrator("grant select on messages to mailroom"),
        clients=read_messages,
        # The edge may see it a moment before.
        beside=frozenset(
            {"ExceptionsRaised", "ErrorBudgetBurns", "EdgeErrorRatioHigh", "WorkerDown", "DeliveriesFailing"}
        ),
    ),
    Fault(
        alert="ErrorBudgetBurns",
        what="one request of 25 fails, since its table may not be read",
        make=as_administrator("revoke select on message_events from mailroom"),
        mend=as_administrator("grant select on message_events to mailroom"),
        clients=read_a_message_among_lists,
        beside=frozenset({"ExceptionsRaised"}),
        limit=900,
        over=BUDGET_OVER,
        slow=True,
    ),
)

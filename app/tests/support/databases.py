"""A fresh database for each test, copied from one that was migrated once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection, sql

from mailroom.config import DatabaseSettings, MigrationSettings
from mailroom.db.migrate import migrate
from mailroom.db.schema import migrations_directory, shipped_migrations
from support.servers import Server


@dataclass(frozen=True, slots=True)
class Database:
    """A database with its two roles, as a host has them: the owner migrates, the service reads and writes."""

    server: Server
    name: str
    owner: str
    service: str
    password: str = field(repr=False)
    # Seconds that a pool waits for a connection: longer than a busy machine needs for one.
    patience: float = 30.0

    def settings(self, user: str | None = None) -> DatabaseSettings:
        """Return how to connect, as the service unless another user is named."""
        return DatabaseSettings(
            host=self.server.host,
            port=self.server.port,
            name=self.name,
            user=user or self.service,
            password=self.password,
            checkout_timeout=self.patience,
        )

    def migration_settings(self, lock_timeout: float = 1.0) -> MigrationSettings:
        """Return how to migrate it."""
        return MigrationSettings(self.settings(self.owner), self.service, lock_timeout)

    @contextmanager
    def connection(self, user: str | None = None) -> Iterator[Connection[Any]]:
        """Connect as the administrator, or as a user."""
        with psycopg.connect(
            host=self.server.host,
            port=self.server.port,
            dbname=self.name,
            user=user or self.server.user,
            password=self.password if user else self.server.password,
            autocommit=True,
        ) as connection:
            yield connection

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator and return its rows, if it has any."""
        with self.connection() as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Cut all sessions and let nobody in, as when the server is down."""
        name = sql.Identifier(self.name)
        with self.server.connect() as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (self.name,)
            )
            try:
                yield
            finally:
                connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))

    def has_a_waiter(self) -> bool:
        """Tell whether a session of this database waits for a lock."""
        return bool(
            self.rows(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' LIMIT 1"
            )
        )

    def counts(self) -> tuple[int, int]:
        """Return how many messages and how many jobs there are."""
        ((messages, jobs),) = self.rows(
            "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM procrastinate_jobs)"
        )
        return messages, jobs


class Cluster:
    """Makes and drops databases on a server. Roles and databases have names of their own in each run."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._mark = secrets.token_hex(4)
        self._password = secrets.token_hex(16)
        self._owner = f"mailroom_owner_{self._mark}"
        self._service = f"mailroom_{self._mark}"
        self._template = f"mailroom_template_{self._mark}"
        self._count = 0

    @contextmanager
    def ready(self) -> Iterator[Cluster]:
        """Make the roles and the migrated template; drop them in the end."""
        for role in (self._owner, self._service):
            self._run("CREATE ROLE {} LOGIN PASSWORD {}", sql.Identifier(role), sql.Literal(self._password))
        # A superuser may make databases for others; any other administrator must be in the role that is to own them.
        self._run("GRANT {} TO CURRENT_USER", sql.Identifier(self._owner))
        try:
            with self._database(self._template) as template:
                migrate(template.migration_settings(), shipped_migrations(migrations_directory()))
                yield self
        finally:
            for role in (self._owner, self._service):
                self._run("DROP ROLE {}", sql.Identifier(role))

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[Database]:
        """Make a database of its own, with the schema or empty."""
        self._count += 1
        name = f"mailroom_{self._mark}_{self._count}"
        with self._database(name, self._template if migrated else None) as database:
            yield database

    @contextmanager
    def _database(self, name: str, template: str | None = None) -> Iterator[Database]:
        self._run(
            "CREATE DATABASE {} OWNER {} TEMPLATE {}",
            sql.Identifier(name),
            sql.Identifier(self._owner),
            sql.Identifier(template or "template1"),
        )
        try:
            yield Database(self._server, name, self._owner, self._service, self._password)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", sql.Identifier(name))

    def _run(self, statement: str, *parts: sql.Composable) -> None:
        with self._server.connect() as connection:
            connection.execute(sql.SQL(statement).format(*parts))

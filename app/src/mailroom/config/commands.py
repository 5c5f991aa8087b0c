"""What the commands are told."""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.config.database import DatabaseSettings, read_database
from mailroom.config.transport import TransportSettings, read_transport
from mailroom.config.web import read_sender
from mailroom.settings import SettingsReader


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """All that `mailroom migrate` needs: the owner's connection, the role to grant to, seconds to wait for a lock.

    `lock_timeout` is for one try, `lock_patience` for all tries at one step.
    """

    database: DatabaseSettings
    service_role: str
    lock_timeout: float
    lock_patience: float = 60.0


def read_migration_settings(reader: SettingsReader) -> MigrationSettings:
    """Read the settings of `mailroom migrate`. Raises ConfigurationError naming all that is wrong."""
    settings = MigrationSettings(
        database=read_database(reader),
        service_role=reader.text("MAILROOM_SERVICE_ROLE", default="mailroom"),
        lock_timeout=reader.number("MAILROOM_MIGRATION_LOCK_TIMEOUT_SECONDS", 0.05, 60, default=0.5),
        lock_patience=reader.number("MAILROOM_MIGRATION_LOCK_PATIENCE_SECONDS", 0.1, 3600, default=60),
    )
    reader.finish()
    return settings


def read_command_database(reader: SettingsReader) -> DatabaseSettings:
    """Read what a command needs that only asks the database. Raises ConfigurationError naming all that is wrong."""
    database = read_database(reader)
    reader.finish()
    return database


def read_bootstrap_key(reader: SettingsReader) -> tuple[DatabaseSettings, str]:
    """Read what `mailroom keys ensure` needs: the database and the key itself."""
    database, key = read_database(reader), reader.secret("bootstrap_api_key")
    reader.finish()
    return database, key


def read_send_test(reader: SettingsReader) -> tuple[TransportSettings, str]:
    """Read what `mailroom send-test` needs: the transport and the sender. It asks neither database nor Redis."""
    transport, sender = read_transport(reader), read_sender(reader)
    reader.finish()
    return transport, sender

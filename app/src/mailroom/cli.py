"""`mailroom` on the command line. Each command loads only what it needs."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence

from mailroom.errors import ConfigurationError, MailroomError
from mailroom.logs import configure_logging
from mailroom.release import current_release
from mailroom.settings import SettingsReader

logger = logging.getLogger(__name__)

# sysexits.h
_EX_OK = 0
_EX_FAILED = 1
_EX_CONFIG = 78


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 when it failed, 78 when it was set up wrong."""
    asked = _parser().parse_args(arguments)
    configure_logging(asked.command)
    try:
        return _run(asked)
    except ConfigurationError as error:
        logger.critical("mailroom %s can't start: %s", asked.command, error)
        return _EX_CONFIG
    except MailroomError as error:
        logger.critical("mailroom %s failed: %s", asked.command, error)
        return _EX_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mailroom", description="A transactional email API over Amazon SES.")
    parser.add_argument("--version", action="version", version=current_release())
    commands = parser.add_subparsers(dest="command", required=True)
    migrate = commands.add_parser("migrate", help="bring the database's schema up to date, as its owner")
    migrate.add_argument(
        "--contract", action="store_true", help="instead remove what no release needs any more (NNNN_*.contract.sql)"
    )
    commands.add_parser("schema", help="print the schema version that this release needs, and the one it ships")
    commands.add_parser("worker", help="deliver queued messages until SIGTERM")
    keys = commands.add_parser("keys", help="manage API keys").add_subparsers(dest="action", required=True)
    ensure = keys.add_parser("ensure", help="store the key of the credential bootstrap_api_key under a name")
    ensure.add_argument("name")
    return parser


def _run(asked: argparse.Namespace) -> int:
    reader = SettingsReader(os.environ)
    match asked.command:
        case "migrate":
            return _migrate(reader, contract_steps=asked.contract)
        case "schema":
            return _schema()
        case "worker":
            return _worker(reader)
        case _:
            return _ensure_key(reader, asked.name)


def _migrate(reader: SettingsReader, *, contract_steps: bool) -> int:
    from mailroom.config import read_migration_settings
    from mailroom.db.contract import contract
    from mailroom.db.migrate import migrate
    from mailroom.db.schema import migrations_directory, shipped_migrations

    do = contract if contract_steps else migrate
    do(read_migration_settings(reader), shipped_migrations(migrations_directory()))
    return _EX_OK


def _schema() -> int:
    from mailroom.db.schema import REQUIRED_SCHEMA_VERSION, migrations_directory, shipped_migrations

    shipped = shipped_migrations(migrations_directory())[-1].version
    sys.stdout.write(json.dumps({"needs": REQUIRED_SCHEMA_VERSION, "ships": shipped}) + "\n")
    return _EX_OK


def _worker(reader: SettingsReader) -> int:
    # The environment of a slot may name the web process's metric files: they are not the worker's.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    # A second series for each counter, which nobody here reads.
    os.environ["PROMETHEUS_DISABLE_CREATED_SERIES"] = "true"
    from mailroom.config import read_worker_settings
    from mailroom.delivery.run import run_worker

    run_worker(read_worker_settings(reader))
    return _EX_OK


def _ensure_key(reader: SettingsReader, name: str) -> int:
    from mailroom.config import read_bootstrap_key
    from mailroom.keys.ensure import ensure_key

    database, key = read_bootstrap_key(reader)
    changed = ensure_key(database, name, key)
    logger.info("the key is stored" if changed else "the key was stored already", extra={"changed": changed})
    return _EX_OK

"""`mailroom migrate`."""

from __future__ import annotations

import argparse

from mailroom.settings import SettingsReader


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    parser = commands.add_parser("migrate", help="bring the database's schema up to date, as its owner")
    parser.add_argument(
        "--contract", action="store_true", help="instead remove what no release needs any more (NNNN_*.contract.sql)"
    )
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Migrate, or run the contract steps."""
    from mailroom.config import read_migration_settings
    from mailroom.db.contract import contract
    from mailroom.db.migrate import migrate
    from mailroom.db.schema import migrations_directory, shipped_migrations

    do = contract if asked.contract else migrate
    do(read_migration_settings(reader), shipped_migrations(migrations_directory()))

"""`mailroom schema`."""

from __future__ import annotations

import argparse
import json
import sys

from mailroom.settings import SettingsReader


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    parser = commands.add_parser("schema", help="print the schema version that this release needs, and what it ships")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Print both versions as JSON."""
    from mailroom.db.schema import REQUIRED_SCHEMA_VERSION, migrations_directory, shipped_migrations

    del asked, reader
    shipped = shipped_migrations(migrations_directory())[-1].version
    sys.stdout.write(json.dumps({"needs": REQUIRED_SCHEMA_VERSION, "ships": shipped}) + "\n")

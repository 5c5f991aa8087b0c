"""`mailroom purge`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailroom.settings import SettingsReader

if TYPE_CHECKING:
    from mailroom.upkeep.entities import Purged

# Counting reads all that is over, which the service itself never does.
_COUNTING_SECONDS = 300.0


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    parser = commands.add_parser("purge", help="remove what is older than it may be, as the worker does every hour")
    parser.add_argument("--dry-run", action="store_true", help="only count what would be removed")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Purge, or count, and print a table. Raises UpkeepFailed where a kind could not be removed."""
    import time
    from dataclasses import replace

    from mailroom.config import read_purge_settings
    from mailroom.db.pool import open_pool
    from mailroom.db.unit_of_work import units_of_work
    from mailroom.delivery.queue import deferring_app
    from mailroom.errors import UpkeepFailed
    from mailroom.upkeep.service import PurgePace, PurgeService

    settings = read_purge_settings(reader)
    database = replace(settings.database, statement_timeout=_COUNTING_SECONDS) if asked.dry_run else settings.database

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    with open_pool(database, "purge") as pool:
        service = PurgeService(
            units_of_work(pool, deferring_app()),
            settings.retention.ages(),
            wait,
            lambda _, __: None,
            PurgePace(batches=None),
        )
        done = service.due() if asked.dry_run else service.purge()
    sys.stdout.write(_table(done, "would be removed" if asked.dry_run else "removed"))
    if failed := [one.rest.value for one in done if one.failed]:
        raise UpkeepFailed(f"these could not be removed, or not all of them: {', '.join(failed)}")


def _table(done: Sequence[Purged], title: str) -> str:
    rows = [("kind", title), *((one.rest.value, str(one.removed)) for one in done)]
    left, right = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "".join(f"{name:<{left}}  {count:>{right}}\n" for name, count in rows)

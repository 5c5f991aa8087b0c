"""Contract steps: removing what no release needs any more, in a command of its own, later than the release.

A release that ships a contract step says by that that it doesn't need what the step removes. The release before may,
and a rollback to it is over once the step has run. So it is refused while another release is about.
"""

from __future__ import annotations

import logging
from typing import Any

from psycopg import Connection

from mailroom.config import MigrationSettings
from mailroom.db.migrate import Applied, applied_migrations, apply, migrating, named
from mailroom.db.schema import Migration
from mailroom.errors import MigrationFailed
from mailroom.release import current_release

logger = logging.getLogger(__name__)

# Names are cut at 63 bytes. Releases from before names carried the release have none: they are others for certain.
_OTHERS = """
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND application_name ~ '^mailroom-(web|worker|queue)'
  AND application_name NOT IN (
      SELECT left(format('mailroom-%%s %%s', component, %s::text), 63)
      FROM unnest(ARRAY['web', 'worker', 'queue']) AS component)
ORDER BY 1
"""


def contract(settings: MigrationSettings, migrations: list[Migration]) -> list[str]:
    """Run the contract steps that this release ships and that haven't run; return their names.

    Raises:
        MigrationFailed: this release isn't the one whose schema is applied, another one is connected, or a step failed.

    """
    with migrating(settings) as (connection, patience):
        with named("schema_migrations"):
            known = patience.run("schema_migrations", lambda: applied_migrations(connection, migrations))
        _refuse_another_schema(known, migrations)
        missing = [one for one in migrations if one.contract and one.version not in known]
        if missing:
            _refuse_other_releases(connection)
        for migration in missing:
            apply(connection, patience, migration)
    steps = [migration.name for migration in missing]
    newest = max((migration.version for migration in migrations if migration.contract), default=None)
    logger.info(
        "the schema is contracted" if steps else "there is nothing to contract",
        extra={"steps": steps, "schema_least": newest},
    )
    return steps


def _refuse_another_schema(known: dict[int, Applied], migrations: list[Migration]) -> None:
    shipped = {migration.version for migration in migrations}
    for one in known.values():
        if one.version not in shipped:
            raise MigrationFailed(
                f"the schema is that of another release: {one.name} was applied by {one.release} on {one.day}, and "
                f"{current_release()} doesn't ship it. Nothing was changed; contract with the release that is live"
            )
    for migration in migrations:
        if not migration.contract and migration.version not in known:
            raise MigrationFailed(
                f"{migration.name} isn't applied, so the schema isn't that of {current_release()}. Nothing was "
                "changed; release it first"
            )


def _refuse_other_releases(connection: Connection[Any]) -> None:
    others = [name for (name,) in connection.execute(_OTHERS, (current_release(),)).fetchall()]
    if others:
        raise MigrationFailed(
            f"another release than {current_release()} is connected and may need what would be removed: "
            f"{', '.join(others)}. Nothing was changed; stop it first, which gives up the rollback to it"
        )

"""Wiring of `mailroom keys ensure`."""

from __future__ import annotations

from mailroom.access.permissions import Permission
from mailroom.config import DatabaseSettings
from mailroom.db.once import units_of_work_for
from mailroom.keys.service import KeyService


def ensure_key(database: DatabaseSettings, name: str, key: str, scopes: frozenset[Permission] | None = None) -> bool:
    """Make the key of that name be this one, with these scopes if any, and return whether anything changed."""
    with units_of_work_for(database, "keys") as unit_of_work:
        return KeyService(unit_of_work).ensure(name, key, scopes)

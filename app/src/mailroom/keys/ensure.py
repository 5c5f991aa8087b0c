"""Wiring of `mailroom keys ensure`."""

from __future__ import annotations

from mailroom.config import DatabaseSettings
from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.keys.service import KeyService


def ensure_key(database: DatabaseSettings, name: str, key: str) -> bool:
    """Make the key of that name be this one, and return whether anything changed."""
    pool = open_pool(database, "keys")
    with pool:
        return KeyService(units_of_work(pool, deferring_app())).ensure(name, key)

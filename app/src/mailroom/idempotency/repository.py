"""Idempotency keys in PostgreSQL."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from mailroom.idempotency.entities import Answer, Remembered, RequestKey

# A key that is claimed by an open transaction makes this wait for its end. The row of an earlier request stays locked
# to ours even where it isn't changed, so that the second statement finds it.
_CLAIM = """
INSERT INTO idempotency_keys (caller, key, fingerprint) VALUES (%(caller)s, %(key)s, %(fingerprint)s)
ON CONFLICT (caller, key) DO UPDATE
SET fingerprint = excluded.fingerprint, status = NULL, body = NULL, location = NULL, created_at = now()
WHERE idempotency_keys.created_at <= now() - interval '24 hours' OR idempotency_keys.status IS NULL
RETURNING true
"""
_FIND = """
SELECT fingerprint, status, body::text, location FROM idempotency_keys WHERE caller = %(caller)s AND key = %(key)s
"""
_KEEP = """
UPDATE idempotency_keys SET status = %(status)s, body = %(body)s::json, location = %(location)s
WHERE caller = %(caller)s AND key = %(key)s
"""


class IdempotencyRepository:
    """Keys with their answers, seen through one connection; the caller owns the transaction. They live for 24 hours."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def claim(self, asked: RequestKey) -> Remembered | None:
        """Make the key this request's, and return None; or return what an earlier one of the key was answered."""
        values = {"caller": asked.caller, "key": asked.key, "fingerprint": asked.fingerprint}
        if self._connection.execute(_CLAIM, values).fetchone() is not None:
            return None
        row = self._connection.execute(_FIND, values).fetchone()
        return Remembered(row[0], Answer(row[1], row[2], row[3])) if row else None

    def keep(self, asked: RequestKey, answer: Answer) -> None:
        """Remember the answer under the claimed key."""
        self._connection.execute(
            _KEEP,
            {
                "caller": asked.caller,
                "key": asked.key,
                "status": answer.status,
                "body": answer.body,
                "location": answer.location,
            },
        )

"""The mails of the last minutes in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from mailroom.messages.repeats import Mail

# In one order, or two transactions could wait for each other. A row that is not changed stays locked all the same, so
# that the second statement finds it. Where the message isn't to be seen yet, it was accepted in this very moment.
_NOTE = """
INSERT INTO recent_mails (fingerprint, message_id)
SELECT fingerprint, message_id
FROM unnest(%(fingerprints)s::bytea[], %(ids)s::uuid[]) AS mail (fingerprint, message_id)
ORDER BY fingerprint
ON CONFLICT (fingerprint) DO UPDATE SET message_id = excluded.message_id, accepted_at = excluded.accepted_at
WHERE recent_mails.accepted_at <= now() - make_interval(secs => %(window)s)
   OR excluded.message_id = ANY(%(allowed)s::uuid[])
   OR EXISTS (SELECT 1 FROM messages m WHERE m.id = recent_mails.message_id AND m.state IN ('cancelled', 'failed'))
RETURNING fingerprint
"""
_EARLIER = "SELECT fingerprint, message_id FROM recent_mails WHERE fingerprint = ANY(%(fingerprints)s)"


class RecentMailRepository:
    """Mails by their fingerprints, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def note(self, mails: Sequence[Mail], window: float) -> Mapping[bytes, UUID]:
        """Note mails of different fingerprints, and return the earlier message of each that is a repeat."""
        noted = self._connection.execute(
            _NOTE,
            {
                "fingerprints": [mail.fingerprint for mail in mails],
                "ids": [mail.message_id for mail in mails],
                "allowed": [mail.message_id for mail in mails if mail.allow_repeat],
                "window": window,
            },
        ).fetchall()
        refused = {mail.fingerprint for mail in mails} - {fingerprint for (fingerprint,) in noted}
        if not refused:
            return {}
        return dict(self._connection.execute(_EARLIER, {"fingerprints": list(refused)}).fetchall())

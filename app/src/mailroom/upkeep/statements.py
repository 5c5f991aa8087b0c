"""The SQL of removing what is over: how to remove some, how much there is, and since when the oldest of it is due.

`at_most` bounds what one transaction holds locked, and SKIP LOCKED leaves to the next run what somebody has in hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString

from mailroom.upkeep.entities import Rest


@dataclass(frozen=True, slots=True)
class Statements:
    """What is done with one kind. `{due}` in the others stands for the condition by that name.

    `oldest` gives the moment at which the oldest was over; without it that can't be told.
    """

    remove: LiteralString
    count: LiteralString
    oldest: LiteralString | None = None
    due: LiteralString = ""


@dataclass(frozen=True, slots=True)
class Walk(Statements):
    """Goes through a table by its key: `remove` also tells how much it looked at, and where it got to."""


# What is still to be sent keeps its body, and the time counts from when it was to be sent.
_BODIES_DUE = """
    purged_at IS NULL AND created_at < now() - %(age)s AND coalesce(send_at, created_at) < now() - %(age)s
    AND state NOT IN ('scheduled', 'queued', 'sending')
"""
_BODIES = Statements(
    remove="""
WITH due AS MATERIALIZED (
    SELECT id FROM messages WHERE {due} ORDER BY created_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
), unlinked AS (
    DELETE FROM message_attachments AS link USING due WHERE link.message_id = due.id
)
UPDATE messages SET body_text = '', body_html = NULL, headers = '{{}}', purged_at = now()
FROM due WHERE messages.id = due.id
""",
    count="SELECT count(*) FROM messages WHERE {due}",
    oldest="SELECT coalesce(send_at, created_at) + %(age)s FROM messages WHERE {due} ORDER BY created_at LIMIT 1",
    due=_BODIES_DUE,
)

# An attachment may belong to many messages. Two runs that each take away one of its last two links don't see each
# other's, so it is looked for by itself, not with the links.
_ATTACHMENTS = Walk(
    remove="""
WITH looked_at AS MATERIALIZED (
    SELECT id FROM attachments WHERE id > coalesce(%(place)s, '00000000-0000-0000-0000-000000000000'::uuid)
    ORDER BY id LIMIT %(at_most)s
), due AS MATERIALIZED (
    SELECT attachment.id FROM looked_at JOIN attachments AS attachment USING (id)
    WHERE NOT EXISTS (SELECT FROM message_attachments AS link WHERE link.attachment_id = attachment.id)
    FOR UPDATE OF attachment SKIP LOCKED
), gone AS (
    DELETE FROM attachments USING due WHERE attachments.id = due.id RETURNING 1
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM looked_at),
       (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1)
""",
    count="""
SELECT count(*) FROM attachments AS attachment
WHERE NOT EXISTS (
    SELECT FROM message_attachments AS link JOIN messages ON messages.id = link.message_id
    WHERE link.attachment_id = attachment.id AND NOT ({due})
)
""",
    due=_BODIES_DUE,
)

# Ids are nearly in the order of time: a stretch with nothing old in it ends the walk.
_EVENTS = Walk(
    remove="""
WITH looked_at AS MATERIALIZED (
    SELECT id, happened_at FROM message_events
    WHERE id > coalesce(%(place)s, 0) AND id <= (SELECT folded_to FROM statistics_progress)
    ORDER BY id LIMIT %(at_most)s
), due AS MATERIALIZED (
    SELECT event.id FROM looked_at JOIN message_events AS event USING (id)
    WHERE looked_at.happened_at < now() - %(age)s
    FOR UPDATE OF event SKIP LOCKED
), gone AS (
    DELETE FROM message_events AS event USING due WHERE event.id = due.id RETURNING 1
)
SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM looked_at), (SELECT max(id) FROM looked_at)
""",
    count="""
SELECT count(*) FROM message_events
WHERE happened_at < now() - %(age)s AND id <= (SELECT folded_to FROM statistics_progress)
""",
    oldest="""
SELECT happened_at + %(age)s FROM (
    SELECT happened_at FROM message_events WHERE id <= (SELECT folded_to FROM statistics_progress) ORDER BY id LIMIT 1
) AS first WHERE happened_at < now() - %(age)s
""",
)

_IDEMPOTENCY_KEYS = Statements(
    remove="""
DELETE FROM idempotency_keys USING (
    SELECT caller, key FROM idempotency_keys WHERE created_at < now() - %(age)s
    ORDER BY created_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) AS due WHERE idempotency_keys.caller = due.caller AND idempotency_keys.key = due.key
""",
    count="SELECT count(*) FROM idempotency_keys WHERE created_at < now() - %(age)s",
    oldest="SELECT min(created_at) + %(age)s FROM idempotency_keys WHERE created_at < now() - %(age)s",
)

_RECENT_MAILS = Statements(
    remove="""
DELETE FROM recent_mails USING (
    SELECT fingerprint FROM recent_mails WHERE accepted_at < now() - %(age)s
    ORDER BY accepted_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) AS due WHERE recent_mails.fingerprint = due.fingerprint
""",
    count="SELECT count(*) FROM recent_mails WHERE accepted_at < now() - %(age)s",
    oldest="SELECT min(accepted_at) + %(age)s FROM recent_mails WHERE accepted_at < now() - %(age)s",
)

_SES_NOTICES = Statements(
    remove="""
DELETE FROM ses_notices USING (
    SELECT id FROM ses_notices WHERE taken_at < now() - %(age)s
    ORDER BY taken_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) AS due WHERE ses_notices.id = due.id
""",
    count="SELECT count(*) FROM ses_notices WHERE taken_at < now() - %(age)s",
    oldest="SELECT min(taken_at) + %(age)s FROM ses_notices WHERE taken_at < now() - %(age)s",
)

# A login's tokens go with it, and there may be thousands of them: a tenth at once.
_LOGINS = Statements(
    remove="""
DELETE FROM refresh_families USING (
    SELECT id FROM refresh_families WHERE expires_at < now() - %(age)s
    ORDER BY expires_at LIMIT greatest(%(at_most)s / 10, 1) FOR UPDATE SKIP LOCKED
) AS due WHERE refresh_families.id = due.id
""",
    count="SELECT count(*) FROM refresh_families WHERE expires_at < now() - %(age)s",
    oldest="SELECT min(expires_at) + %(age)s FROM refresh_families WHERE expires_at < now() - %(age)s",
)

# Months and years stay: there are few of them.
_TOP_DUE = "unit IN ('day', 'week') AND starts_on < (now() AT TIME ZONE 'UTC' - %(age)s)::date"
_TOP = Statements(
    remove="""
DELETE FROM statistics_top AS top USING (
    SELECT unit, starts_on, role, address FROM statistics_top WHERE {due}
    ORDER BY unit, starts_on, role, address LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) AS due
WHERE top.unit = due.unit AND top.starts_on = due.starts_on AND top.role = due.role AND top.address = due.address
""",
    count="SELECT count(*) FROM statistics_top WHERE {due}",
    # By the days alone: with an equal unit the first entry of the index answers, and weeks are removed beside them.
    oldest="""
SELECT (min(starts_on) + interval '1 day') AT TIME ZONE 'UTC' + %(age)s FROM statistics_top
WHERE unit = 'day' AND starts_on < (now() AT TIME ZONE 'UTC' - %(age)s)::date
""",
    due=_TOP_DUE,
)

# Procrastinate's own statement for it sorts all events of all jobs, in one transaction.
_JOBS_DUE = """
    job.status IN ('failed', 'cancelled', 'aborted') AND NOT EXISTS (
        SELECT FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.at >= now() - %(age)s
    )
"""
_JOBS = Statements(
    remove="""
DELETE FROM procrastinate_jobs USING (
    SELECT job.id FROM procrastinate_jobs AS job WHERE {due}
    ORDER BY job.id LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) AS due WHERE procrastinate_jobs.id = due.id
""",
    count="SELECT count(*) FROM procrastinate_jobs AS job WHERE {due}",
    due=_JOBS_DUE,
)

STATEMENTS: Mapping[Rest, Statements] = {
    Rest.BODIES: _BODIES,
    Rest.ATTACHMENTS: _ATTACHMENTS,
    Rest.EVENTS: _EVENTS,
    Rest.IDEMPOTENCY_KEYS: _IDEMPOTENCY_KEYS,
    Rest.RECENT_MAILS: _RECENT_MAILS,
    Rest.SES_NOTICES: _SES_NOTICES,
    Rest.LOGINS: _LOGINS,
    Rest.TOP: _TOP,
    Rest.JOBS: _JOBS,
}

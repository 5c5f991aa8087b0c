"""Whatever order SES's reports come in, however often: the life of the message is kept, and no suppression is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.errors import NotYet
from mailroom.feedback.metrics import FeedbackMetrics
from mailroom.feedback.reports import read_report
from mailroom.feedback.service import FeedbackService
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import FOLLOWS
from support.databases import Database
from support.feedback import a_sent_message, listed, standing
from support.sns import bounce, complaint, delivery, event

GRAVITY = ["bounce", "complaint"]
# What is told, and which reason to suppress follows from it.
TOLD: dict[str, str | None] = {
    "delivery": None,
    "transient bounce": None,
    "delay": None,
    "not spam": None,
    "bounce": "bounce",
    "complaint": "complaint",
}
# Each report has the number of its notice: the same number is the same notice, delivered again.
NOTICES = st.lists(st.tuples(st.sampled_from(sorted(TOLD)), st.integers(0, 2)), min_size=1, max_size=8)


def report(name: str, mail_id: str, address: str) -> dict[str, Any]:
    # SES took the mail just now: the worker may not have recorded it yet.
    when = datetime.now(UTC) + timedelta(minutes=10)
    return {
        "delivery": lambda: delivery(mail_id, when),
        "transient bounce": lambda: bounce("Transient", address, mail_id, when),
        "delay": lambda: event("DeliveryDelay", "deliveryDelay", {"delayType": "MailboxFull"}, mail_id, when),
        "not spam": lambda: complaint("not-spam", address, mail_id, when),
        "bounce": lambda: bounce("Permanent", address, mail_id, when),
        "complaint": lambda: complaint("abuse", address, mail_id, when),
    }[name]()


@pytest.fixture
def service(database: Database) -> Iterator[FeedbackService]:
    with open_pool(database.settings(), "test") as pool:
        yield FeedbackService(units_of_work(pool, deferring_app()), FeedbackMetrics(CollectorRegistry()))


@given(notices=NOTICES, recorded_after=st.integers(0, 8))
@hypothesis.settings(max_examples=30, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_any_order_and_repetition_keeps_the_life_of_the_message_and_the_list(
    database: Database, service: FeedbackService, notices: list[tuple[str, int]], recorded_after: int
) -> None:
    mail_id = str(uuid4())
    address = f"{mail_id}@example.com"
    message_id = a_sent_message(database, None, address, "sending")
    state, gravest, waiting = State.SENDING, -1, list(notices)
    for step in range(2 * len(notices) + 1):
        if step == min(recorded_after, len(notices)):
            database.rows(
                "UPDATE messages SET state = 'sent', provider_message_id = %s WHERE id = %s", mail_id, message_id
            )
            state = State.SENT
        if not waiting:
            continue
        name, number = waiting.pop(0)
        read = read_report(json.dumps(report(name, mail_id, address)))
        assert read is not None
        try:
            service.take(f"{mail_id}-{name}-{number}", read)
        except NotYet:
            waiting.append((name, number))
        gravest = max(gravest, GRAVITY.index(TOLD[name] or "bounce") if TOLD[name] else -1)
        now = State(standing(database, message_id)[0])

        assert now == state or now in FOLLOWS[state]
        assert listed(database).get(address) == (GRAVITY[gravest] if gravest >= 0 else None)
        state = now

    _, events = standing(database, message_id)
    told = {name for name, _ in notices}
    assert not waiting
    assert [events.count(kind) for kind in ("delivered", "bounced", "complained")] == [
        int("delivery" in told),
        int("bounce" in told),
        int("complaint" in told),
    ]
    assert events.count("soft_bounced") == len({one for one in notices if one[0] == "transient bounce"})
    final = {"bounced", "complained"} & set(events)
    assert state in (final or ({"delivered"} if "delivery" in told else {"sent"}))

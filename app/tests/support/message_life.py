"""What may happen to messages in any order: calls of the API, attempts, crashes of workers, outages of SES.

Workers are played step by step: each takes a job by Procrastinate's own statements and attempts it as a worker does, so
that it can be killed at any moment. Accepting, storing, queueing and delivering are Mailroom's own, on a real database.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask.testing import FlaskClient
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from mailroom.config import DeliverySettings
from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.delivery.formats import queues, read
from mailroom.delivery.service import DeliveryService, RetryLater
from support.databases import Database
from support.played_ses import ANSWERS, Killed, PlayedSes

URL = "/api/v1/messages"
ATTEMPTS = 3
WAITING = {"scheduled", "queued", "sending"}
# After these a message was handed to SES, and SES said so, and that was recorded.
RECORDED = {"sent", "delivered", "bounced", "complained"}
_FETCH = "SELECT id, args FROM procrastinate_fetch_job_v2(%s, %s)"
_UNFINISHED = """
SELECT m.id FROM messages m WHERE m.state = ANY(%s) AND NOT EXISTS (
    SELECT FROM procrastinate_jobs j WHERE j.status IN ('todo', 'doing') AND j.args ->> 'message_id' = m.id::text)
"""


class MessageLife(RuleBasedStateMachine):
    """Accepting, cancelling, retrying, attempting, dying."""

    client: FlaskClient
    authorization: dict[str, str]
    database: Database
    unit_of_work: UnitOfWorkFactory
    told: Callable[[int, int], None]

    messages = Bundle("messages")
    jobs = Bundle("jobs of dead workers")

    def __init__(self) -> None:
        super().__init__()
        self.ses = PlayedSes()
        settings = DeliverySettings(concurrency=1, max_attempts=ATTEMPTS, backoff_base=1, backoff_cap=1)
        self.service = DeliveryService(self.unit_of_work, self.ses, settings)
        self.accepted: dict[UUID, int] = {}
        ((self.worker,),) = self.database.rows("SELECT worker_id FROM procrastinate_register_worker_v1()")
        self.database.rows("DELETE FROM procrastinate_jobs")
        self.database.rows("TRUNCATE messages CASCADE")

    @initialize(target=messages)
    def accept_some(self) -> MultipleResults[UUID]:
        return multiple(*(self._accept(later=later) for later in (False, False, False, True)))

    @rule(target=messages, later=st.booleans())
    def accept(self, *, later: bool) -> UUID:
        return self._accept(later=later)

    @rule(message_id=messages)
    def cancel(self, message_id: UUID) -> None:
        before = self._state(message_id)
        answer = self.client.post(f"{URL}/{message_id}/cancel", headers=self.authorization)
        assert answer.status_code == (200 if before in {"queued", "scheduled"} else 409), (before, answer.text)

    @rule(message_id=messages)
    def retry(self, message_id: UUID) -> None:
        before = self._state(message_id)
        answer = self.client.post(f"{URL}/{message_id}/retry", headers=self.authorization)
        assert answer.status_code == (200 if before == "failed" else 409), (before, answer.text)

    @rule()
    def let_time_pass(self) -> None:
        self.database.rows("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
        self.database.rows("UPDATE messages SET send_at = now() - interval '3 minutes' WHERE state = 'scheduled'")

    @rule(target=jobs, answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6))
    def attempt_some(self, answers: list[str]) -> MultipleResults[int]:
        dead = []
        for answer in answers:
            self.ses.answer = answer
            job = self._attempt()
            dead += [] if job is None else [job]
        return multiple(*dead)

    @rule()
    def a_worker_of_the_release_before_attempts(self) -> None:
        # It doesn't know `scheduled`: it finds nothing to do, and the job is done.
        for job, arguments in self.database.rows(_FETCH, queues(), self.worker):
            if job is None:
                return
            if self._state(read(arguments).message_id) == "scheduled":
                self._finish(job)
            else:
                self._put_back(job)

    @rule(job=consumes(jobs))
    def another_worker_takes_over(self, job: int) -> None:
        self._put_back(job)

    @rule()
    def a_worker_looks_for_forgotten_ones(self) -> None:
        with self.unit_of_work() as work:
            forgotten = work.messages.take_forgotten(100)
            work.queue.put_all([(message_id, request_id, None) for message_id, request_id in forgotten])

    @invariant()
    def nothing_is_lost_and_nothing_sent_twice_without_a_reason(self) -> None:
        stored = dict(self.database.rows("SELECT id, state FROM messages"))
        assert stored.keys() == self.accepted.keys()
        # Each that isn't done has a job, or will be found.
        without = {message_id for (message_id,) in self.database.rows(_UNFINISHED, list(WAITING))}
        assert {stored[message_id] for message_id in without} <= {"scheduled"}
        for message_id, state in stored.items():
            assert self.ses.took[message_id] <= 1 + self.ses.untold[message_id], state
            if state in RECORDED:
                first = self.accepted.setdefault(message_id, 0) or self.ses.took[message_id]
                assert self.ses.took[message_id] == first, "it was sent again after it was known to be sent"
                self.accepted[message_id] = first

    def teardown(self) -> None:
        """Let all workers live and SES be well: then everything comes to an end."""
        self.ses.answer = "takes it"
        for _ in range(4 * ATTEMPTS):
            self.let_time_pass()
            for (job,) in self.database.rows("SELECT id FROM procrastinate_jobs WHERE status = 'doing'"):
                self._put_back(job)
            self.a_worker_looks_for_forgotten_ones()
            while self._has_jobs():
                self._attempt()
        states = Counter(state for (state,) in self.database.rows("SELECT state FROM messages"))
        assert states.keys() <= RECORDED | {"failed", "cancelled"}, states
        assert self.database.counts()[1] == 0
        self.nothing_is_lost_and_nothing_sent_twice_without_a_reason()
        self.told(len(self.accepted), sum(count - 1 for count in self.ses.took.values()))

    def _accept(self, *, later: bool) -> UUID:
        body: dict[str, object] = {"to": "ann@example.com", "subject": f"{len(self.accepted)}", "text": "Hello"}
        if later:
            body["send_at"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        answer = self.client.post(URL, json=body, headers=self.authorization)
        assert answer.status_code == 202, answer.text
        message_id = UUID(answer.get_json()["id"])
        self.accepted[message_id] = 0
        return message_id

    def _attempt(self) -> int | None:
        """Do the next job; return it where the worker dies with it."""
        ((job, arguments),) = self.database.rows(_FETCH, queues(), self.worker)
        if job is None:
            return None
        try:
            self.service.deliver(read(arguments if isinstance(arguments, dict) else json.loads(arguments)).message_id)
        except Killed:
            return int(job)
        except RetryLater as later:
            self._put_back(job, later.delay)
        else:
            self._finish(job)
        return None

    def _has_jobs(self) -> bool:
        return bool(
            self.database.rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()")
            or self.database.rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at IS NULL")
        )

    def _state(self, message_id: UUID) -> str:
        ((state,),) = self.database.rows("SELECT state FROM messages WHERE id = %s", message_id)
        return str(state)

    def _finish(self, job: int) -> None:
        self.database.rows("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", job)

    def _put_back(self, job: int, seconds: float = 0) -> None:
        again = datetime.now(UTC) + timedelta(seconds=seconds)
        self.database.rows("SELECT procrastinate_retry_job_v2(%s, %s, NULL, NULL, NULL)", job, again)

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.config import DeliverySettings
from mailroom.delivery.service import DeliveryService, Outcome, RetryLater, Surroundings
from mailroom.delivery.transport import OutOfService, Refused, Unavailable
from mailroom.errors import StorageUnavailable
from mailroom.messages.entities import State
from mailroom.suppressions.entities import Reason, Suppressed
from support.fake_storage import FakeStorage
from support.fakes import NOW, FakeTransport, a_message

SETTINGS = DeliverySettings(concurrency=1, max_attempts=3, backoff_base=2, backoff_cap=60)
ID = a_message().id


class Bench:
    """A service with one queued message, a fake transport, and no waiting."""

    def __init__(self, *answers: Exception) -> None:
        self.storage = FakeStorage()
        self.storage.messages.add(a_message())
        self.transport = FakeTransport(list(answers))
        self.slept: list[float] = []
        self.now = NOW
        self.service = DeliveryService(
            self.storage.unit_of_work,
            self.transport,
            SETTINGS,
            Surroundings(jitter=lambda _, high: high, sleep=self.slept.append, now=lambda: self.now),
        )

    def lose_storage(self, transactions: int) -> None:
        """Let the next call to the transport succeed and the database go away in that moment."""

        def lose() -> None:
            self.storage.away = transactions

        self.transport.answers.append(lose)

    @property
    def state(self) -> tuple[State, int, str | None]:
        message = self.storage.messages.stored[ID]
        return message.state, message.attempts, message.reason


def test_a_queued_message_is_sent_and_recorded() -> None:
    bench = Bench()

    assert bench.service.deliver(ID) is Outcome.SENT
    assert bench.state == (State.SENT, 1, None)
    assert bench.storage.messages.stored[ID].provider_message_id == "provider-1"


@pytest.mark.parametrize("state", [State.SENT, State.FAILED])
def test_a_message_that_is_done_is_not_sent_again(state: State) -> None:
    bench = Bench()
    getattr(bench.storage.messages, f"mark_{state}")(ID, "x")

    assert bench.service.deliver(ID) is Outcome.SKIPPED
    assert bench.transport.sent == []


def test_a_message_that_is_gone_is_skipped() -> None:
    assert Bench().service.deliver(UUID(int=99)) is Outcome.SKIPPED


def test_a_message_that_a_dead_worker_had_in_hand_is_sent() -> None:
    bench = Bench()
    bench.storage.messages.take(ID)

    assert bench.service.deliver(ID) is Outcome.SENT
    assert bench.state[1] == 2


def test_a_refused_message_fails_at_once_with_its_reason() -> None:
    bench = Bench(Refused("MessageRejected", "No such sender."))

    assert bench.service.deliver(ID) is Outcome.FAILED
    assert bench.state == (State.FAILED, 1, "No such sender. (attempt 1 of at most 3)")


def test_when_the_transport_is_away_the_message_waits_longer_each_time_and_fails_in_the_end() -> None:
    bench = Bench(*[Unavailable("Throttled", "Too fast.")] * 3)
    delays = []
    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            bench.service.deliver(ID)
        delays.append(caught.value.delay)
        assert bench.state[0] is State.QUEUED
        assert bench.state[2] == "Too fast."

    assert bench.service.deliver(ID) is Outcome.FAILED
    assert delays == [2, 4]
    assert bench.state == (State.FAILED, 3, "Too fast. (attempt 3 of at most 3)")


def test_a_message_sent_after_a_failed_attempt_keeps_no_reason() -> None:
    bench = Bench(Unavailable("Throttled", "Too fast."))
    with pytest.raises(RetryLater):
        bench.service.deliver(ID)

    bench.service.deliver(ID)

    assert bench.state == (State.SENT, 2, None)


def test_an_error_that_nobody_foresaw_is_retried_and_shows_nothing_internal() -> None:
    bench = Bench(RuntimeError("secret detail"))

    with pytest.raises(RetryLater):
        bench.service.deliver(ID)

    assert bench.state == (State.QUEUED, 1, "An internal error kept it from being sent.")


def test_a_database_that_goes_away_after_sending_is_given_time_to_come_back() -> None:
    bench = Bench()
    bench.lose_storage(2)

    assert bench.service.deliver(ID) is Outcome.SENT
    assert bench.state == (State.SENT, 1, None)
    assert bench.slept == [0.5, 1]


def test_a_database_that_stays_away_after_sending_leaves_the_message_in_hand() -> None:
    bench = Bench()
    bench.lose_storage(99)

    with pytest.raises(StorageUnavailable):
        bench.service.deliver(ID)

    assert bench.state[0] is State.SENDING
    assert sum(bench.slept) < 10


def test_a_database_that_is_away_from_the_start_costs_no_attempt() -> None:
    bench = Bench()
    bench.storage.away = 1

    with pytest.raises(StorageUnavailable):
        bench.service.deliver(ID)

    assert bench.state == (State.QUEUED, 0, None)


def test_nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench(Unavailable("Throttled", "ann@example.com is too fast"), Refused("Rejected", "ann@example.com"))
    with pytest.raises(RetryLater):
        bench.service.deliver(ID)
    bench.service.deliver(ID)

    assert len(caplog.records) == 2
    assert not [record for record in caplog.records if "ann@example.com" in str(record.__dict__)]


@given(attempts=st.integers(1, 1000))
def test_a_pause_is_within_its_bounds_whatever_the_number_of_attempts(attempts: int) -> None:
    service = DeliveryService(FakeStorage().unit_of_work, FakeTransport(), SETTINGS)

    assert 1 <= service.pause(attempts) <= 60


def test_a_suppressed_recipient_gets_nothing_and_the_message_says_why() -> None:
    bench = Bench()
    bench.storage.suppressions.suppress(Suppressed("ann@example.com", Reason.COMPLAINT))

    assert bench.service.deliver(ID) is Outcome.SUPPRESSED
    assert bench.state == (State.SUPPRESSED, 1, "The recipient gets no more mail: complaint.")
    assert bench.transport.sent == []


def test_an_attempt_that_is_nobodys_loss_is_given_back() -> None:
    bench = Bench(OutOfService("Away", "SES is away.", 30))

    with pytest.raises(RetryLater) as caught:
        bench.service.deliver(ID)

    assert caught.value.delay == 30
    assert bench.state == (State.QUEUED, 0, "SES is away.")


def test_an_outage_costs_no_message_however_often_it_is_met() -> None:
    bench = Bench(*[OutOfService("Away", "SES is away.", 30)] * 100)
    for _ in range(100):
        with pytest.raises(RetryLater):
            bench.service.deliver(ID)

    assert bench.service.deliver(ID) is Outcome.SENT
    assert bench.state[1] == 1


@pytest.mark.parametrize("error", [Unavailable("Away", "SES is away."), OutOfService("Away", "SES is away.", 30)])
def test_a_message_that_is_too_old_is_given_up_whatever_its_attempts(error: Unavailable) -> None:
    bench = Bench(error)
    bench.now += timedelta(hours=72)

    assert bench.service.deliver(ID) is Outcome.FAILED
    assert bench.state == (State.FAILED, 1, "SES is away. (given up after 72 h)")


def test_a_message_that_is_too_old_is_still_tried() -> None:
    bench = Bench()
    bench.now += timedelta(days=100)

    assert bench.service.deliver(ID) is Outcome.SENT


def test_a_message_that_cant_be_tried_now_is_told_why_and_keeps_its_attempts() -> None:
    bench = Bench()

    assert bench.service.put_off(ID, "The quota is used up.") is Outcome.RETRIED
    assert bench.state == (State.QUEUED, 0, "The quota is used up.")


def test_a_message_that_is_put_off_for_too_long_is_given_up() -> None:
    bench = Bench()
    bench.now += timedelta(hours=71.9)
    assert bench.service.put_off(ID, "SES is away.") is Outcome.RETRIED
    bench.now += timedelta(hours=0.1)

    assert bench.service.put_off(ID, "SES is away.") is Outcome.FAILED
    assert bench.state[0] is State.FAILED
    assert bench.state[2] == "SES is away. (given up after 72 h)"


@pytest.mark.parametrize("state", [State.SENT, State.CANCELLED])
def test_what_became_of_a_message_meanwhile_stays(state: State) -> None:
    bench = Bench()
    bench.storage.messages.stored[ID] = replace(a_message(), state=state, reason="before")
    bench.service.put_off(ID, "SES is away.")
    bench.now += timedelta(days=30)

    assert bench.service.put_off(ID, "SES is away.") is Outcome.SKIPPED
    assert bench.state[::2] == (state, "before")


def test_a_message_that_is_gone_comes_back_once_and_is_skipped_then() -> None:
    assert Bench().service.put_off(UUID(int=99), "SES is away.") is Outcome.RETRIED

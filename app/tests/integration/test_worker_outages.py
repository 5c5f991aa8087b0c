"""What the worker does when SES fails, is away, is asked too often or takes no more today."""

from __future__ import annotations

import signal

from support.databases import Database
from support.ports import free_port
from support.processes import Process, eventually
from support.ses import Gate, SimulatedSes
from support.workers import Post, Show, StartWorker, metric

DEAD = (503, "ServiceUnavailable")
NOT_YET = "The mail provider is away: the message waits until it is back, which costs no attempt."


def states(show: Show, locations: list[str]) -> set[str]:
    return {show(location)["state"] for location in locations}


def opened(worker: Process) -> int:
    return sum(line["message"] == "the breaker is open" for line in worker.lines())


def test_an_ses_that_fails_three_calls_of_ten_gets_every_message_once(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, ses: SimulatedSes
) -> None:
    gate.refusals.extend([None, DEAD, None, None, DEAD, None, None, DEAD, None, None] * 8)
    worker = start_worker(MAILROOM_DELIVERY_MAX_ATTEMPTS="8")
    locations = [post(subject=f"{number}") for number in range(40)]

    eventually(lambda: states(show, locations) == {"sent"}, seconds=60)

    assert sorted(int(mail["subject"]) for mail in ses.received()) == list(range(40))
    assert opened(worker) == 0


def test_an_outage_costs_no_more_attempts_than_it_takes_to_notice_it(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, ses: SimulatedSes
) -> None:
    gate.dead = DEAD
    worker = start_worker(MAILROOM_BREAKER_FAILURES="3", MAILROOM_BREAKER_OPEN_SECONDS="0.2")
    locations = [post(subject=f"{number}") for number in range(6)]
    # Far more failures than all attempts of all these messages.
    eventually(lambda: opened(worker) >= 25, seconds=60)
    assert states(show, locations) <= {"queued", "sending"}
    gate.dead = None

    eventually(lambda: states(show, locations) == {"sent"})

    assert sum(show(location)["attempts"] - 1 for location in locations) <= 2
    assert sorted(mail["subject"] for mail in ses.received()) == [f"{number}" for number in range(6)]
    eventually(lambda: worker.says("the breaker is closed"))


def test_while_ses_is_away_one_message_at_a_time_asks_for_it(start_worker: StartWorker, post: Post, gate: Gate) -> None:
    gate.dead = DEAD
    port = str(free_port())
    worker = start_worker(
        MAILROOM_BREAKER_FAILURES="1", MAILROOM_BREAKER_OPEN_SECONDS="0.2", MAILROOM_WORKER_METRICS_PORT=port
    )
    post()
    eventually(lambda: opened(worker) == 1)
    gate.delay, gate.most_in_hand = 0.1, 0
    for _ in range(8):
        post()

    eventually(lambda: opened(worker) >= 6)

    assert gate.most_in_hand == 1
    eventually(lambda: metric(port, 'mailroom_delivery_waited_seconds_total{cause="breaker"}') > 0)
    eventually(lambda: metric(port, "mailroom_breaker_opened_total") >= 6)
    eventually(lambda: metric(port, 'mailroom_transport_calls_total{outcome="unavailable"}') >= 6)


def test_a_message_that_waits_for_ses_says_so_and_its_job_comes_back_when_ses_is_asked_again(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    gate.dead = DEAD
    worker = start_worker(MAILROOM_BREAKER_FAILURES="1", MAILROOM_BREAKER_OPEN_SECONDS="600")
    post()
    eventually(lambda: opened(worker) == 1)
    location = post()

    eventually(lambda: show(location)["reason"] == NOT_YET)

    assert (show(location)["state"], show(location)["attempts"]) == ("queued", 0)
    eventually(
        lambda: (
            database.rows(
                "SELECT status FROM procrastinate_jobs WHERE scheduled_at > now() + interval '500 s' ORDER BY id"
            )
            == [("todo",), ("todo",)]
        )
    )
    assert gate.calls == 1


def test_told_to_stop_a_message_that_waits_is_given_back_at_once(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    gate.dead = DEAD
    worker = start_worker(MAILROOM_BREAKER_FAILURES="1", MAILROOM_BREAKER_OPEN_SECONDS="600")
    post()
    eventually(lambda: opened(worker) == 1)
    location = post()
    # The first is put off by then, and it is the second that waits in the worker.
    jobs = "SELECT status FROM procrastinate_jobs ORDER BY id"
    eventually(lambda: database.rows(jobs) == [("todo",), ("doing",)])

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 0
    assert (show(location)["state"], show(location)["attempts"]) == ("queued", 0)
    due = database.rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()")
    assert due == [(1,)]


def test_messages_follow_each_other_no_faster_than_ses_allows(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate
) -> None:
    gate.quota = {"MaxSendRate": 10.0, "Max24HourSend": 50000.0, "SentLast24Hours": 3.0}
    port = str(free_port())
    start_worker(MAILROOM_WORKER_METRICS_PORT=port)
    locations = [post() for _ in range(15)]

    eventually(lambda: states(show, locations) == {"sent"})

    # 1.4 s, of which a busy machine may take some: the first may be late, those that follow needn't be.
    assert gate.times[-1] - gate.times[0] > 0.9
    eventually(lambda: metric(port, "mailroom_quota_rate") == 10)
    eventually(lambda: metric(port, "mailroom_quota_day") == 50000)


def test_several_workers_together_are_no_faster_than_ses_allows(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate
) -> None:
    gate.quota = {"MaxSendRate": 8.0, "Max24HourSend": -1.0, "SentLast24Hours": 0.0}
    port = str(free_port())
    workers = [start_worker(), start_worker(MAILROOM_WORKER_METRICS_PORT=port)]
    locations = [post() for _ in range(90)]

    eventually(lambda: states(show, locations) == {"sent"}, seconds=60)

    # At 8 a second, 5 s; at twice that, 2.5 s.
    gaps = [later - earlier for earlier, later in zip(gate.times, gate.times[40:], strict=False)]
    assert min(gaps) > 4
    eventually(lambda: all(worker.says("sent") for worker in workers))
    eventually(lambda: metric(port, "mailroom_quota_share") == 4)


def test_the_rate_can_be_said_by_people(start_worker: StartWorker, post: Post, show: Show, gate: Gate) -> None:
    start_worker(MAILROOM_DELIVERY_RATE="10")
    locations = [post() for _ in range(10)]

    eventually(lambda: states(show, locations) == {"sent"})

    assert gate.times[-1] - gate.times[0] > 0.5


def test_when_the_quota_of_the_day_is_used_up_messages_wait_and_say_so(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate
) -> None:
    gate.quota = {"MaxSendRate": 50.0, "Max24HourSend": 200.0, "SentLast24Hours": 199.0}
    start_worker()
    first, second = post(), post()

    eventually(lambda: "queued" in {show(first)["state"], show(second)["state"]})
    eventually(lambda: "sent" in {show(first)["state"], show(second)["state"]})
    waiting = next(location for location in (first, second) if show(location)["state"] == "queued")
    eventually(lambda: show(waiting)["reason"] is not None)

    assert show(waiting)["reason"] == (
        "The quota of 200 messages in 24 hours is used up: the message waits until some of it is free again."
    )
    assert show(waiting)["attempts"] == 0
    assert gate.calls == 1


def test_an_ses_that_doesnt_tell_its_quota_is_asked_without_a_limit(
    start_worker: StartWorker, post: Post, show: Show
) -> None:
    worker = start_worker()
    location = post()

    eventually(lambda: show(location)["state"] == "sent")

    (line,) = [line for line in worker.lines() if line["message"].startswith("the quota can't be read")]
    assert line["code"] == "AccessDenied"


def test_a_message_that_is_too_old_is_given_up(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    gate.dead = DEAD
    location = post()
    database.rows("UPDATE messages SET created_at = now() - interval '73 h'")
    start_worker(MAILROOM_DELIVERY_MAX_ATTEMPTS="50")

    eventually(lambda: show(location)["state"] == "failed")

    assert show(location)["reason"] == "SES answered ServiceUnavailable: refused by the gate (given up after 72 h)"

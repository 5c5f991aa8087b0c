"""`mailroom worker` as a process, against real PostgreSQL and the simulated SES."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path

from support.databases import Database
from support.ports import free_port
from support.processes import eventually, run
from support.ses import Gate, SimulatedSes
from support.workers import Post, Show, StartWorker, metric

THROTTLED = (429, "TooManyRequestsException")


def is_sent(show: Show, location: str) -> bool:
    return bool(show(location)["state"] == "sent")


def test_a_message_reaches_ses_within_a_second_of_being_accepted(
    start_worker: StartWorker, post: Post, show: Show
) -> None:
    start_worker()
    took = []
    for _ in range(10):  # the quickest counts: the machine may have other things to do now and then
        began, location = time.monotonic(), post()
        eventually(partial(is_sent, show, location))
        took.append(time.monotonic() - began)

    assert min(took) < 1, took


def test_a_message_reaches_ses_as_it_was_accepted(
    start_worker: StartWorker, post: Post, show: Show, ses: SimulatedSes
) -> None:
    start_worker()
    location = post(to="Ann.Lee@MAILROOM.test", subject="Grüße 😀")

    eventually(lambda: show(location)["state"] == "sent")

    received = ses.received()[-1]
    assert received["destinations"] == {"ToAddresses": ["Ann.Lee@mailroom.test"]}
    assert received["subject"] == "Grüße 😀"
    assert received["source"] == "noreply@mailroom.test"
    assert show(location)["provider_message_id"] == received["id"]


def test_text_and_html_both_arrive(start_worker: StartWorker, post: Post, ses: SimulatedSes) -> None:
    start_worker()
    post(text="Guten Tag, Jörg.", html="<p>Guten Tag, Jörg.</p>")

    eventually(lambda: len(ses.received()) == 1)

    (received,) = ses.received()
    assert (received["text"], received["html"]) == ("Guten Tag, Jörg.\n", "<p>Guten Tag, Jörg.</p>\n")


def test_the_request_id_is_in_the_log_of_the_worker_and_no_address_is(start_worker: StartWorker, post: Post) -> None:
    worker = start_worker()
    post(request_id="followed-1", to="private.person@mailroom.test")

    eventually(lambda: worker.says("sent"))

    (line,) = [line for line in worker.lines() if line["message"] == "sent"]
    assert line["request_id"] == "followed-1"
    assert "private.person" not in worker.text()


def test_a_throttled_message_is_tried_again_until_it_is_sent(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate
) -> None:
    gate.refusals.extend([THROTTLED, (500, "InternalFailure")])
    start_worker()
    location = post()

    eventually(lambda: show(location)["state"] == "sent")

    assert (show(location)["attempts"], show(location)["reason"]) == (3, None)


def test_a_message_is_given_up_after_the_last_attempt_with_its_reason(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate
) -> None:
    gate.refusals.extend([THROTTLED] * 5)
    worker = start_worker()
    location = post()

    eventually(lambda: show(location)["state"] == "failed")

    assert gate.calls == 3
    assert show(location)["reason"] == (
        "SES answered TooManyRequestsException: refused by the gate (attempt 3 of at most 3)"
    )
    eventually(lambda: worker.says("failed"))


def test_a_message_that_ses_refuses_fails_at_once(
    start_worker: StartWorker, post: Post, show: Show, ses: SimulatedSes
) -> None:
    worker = start_worker()
    location = post(**{"from": "me@unverified.test"})

    eventually(lambda: show(location)["state"] == "failed")

    assert show(location)["attempts"] == 1
    assert "Did not have authority to send from email me@unverified.test" in show(location)["reason"]
    assert ses.received() == []
    assert "me@unverified.test" not in worker.text()


def test_an_ses_that_is_away_costs_attempts_but_no_message(
    start_worker: StartWorker, post: Post, show: Show, database: Database
) -> None:
    start_worker(AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}", MAILROOM_DELIVERY_BACKOFF_SECONDS="600")
    location = post()

    eventually(lambda: show(location)["reason"] is not None)

    assert show(location)["state"] == "queued"
    assert show(location)["reason"] == "SES could not be asked: EndpointConnectionError"
    jobs = "SELECT status FROM procrastinate_jobs WHERE queue_name = 'delivery'"
    eventually(lambda: database.rows(jobs) == [("todo",)])


def test_told_to_stop_it_finishes_what_it_has_in_hand(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    gate.delay = 1.0
    worker = start_worker(MAILROOM_WORKER_CONCURRENCY="1")
    in_hand, waiting = post(), post()
    assert gate.entered.wait(60)

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 0
    assert (show(in_hand)["state"], show(waiting)["state"]) == ("sent", "queued")
    assert gate.calls == 1
    jobs = "SELECT status FROM procrastinate_jobs WHERE queue_name = 'delivery'"
    eventually(lambda: database.rows(jobs) == [("todo",)])


def test_what_a_killed_worker_had_in_hand_is_done_by_another(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    gate.delay = 1.0
    killed = start_worker()
    location = post()
    assert gate.entered.wait(60)
    killed.signal(signal.SIGKILL)
    killed.wait()
    gate.delay = 0.0
    # Half a minute of silence, without waiting for it.
    database.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s'")

    port = str(free_port())
    start_worker(MAILROOM_WORKER_METRICS_PORT=port)

    eventually(lambda: show(location)["state"] == "sent")
    assert show(location)["attempts"] == 2
    eventually(lambda: metric(port, "mailroom_jobs_taken_over_total") == 1)


def test_no_more_messages_are_in_hand_than_allowed(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate
) -> None:
    gate.delay = 0.2
    start_worker(MAILROOM_WORKER_CONCURRENCY="2")
    locations = [post() for _ in range(6)]

    eventually(lambda: all(show(location)["state"] == "sent" for location in locations))

    assert gate.most_in_hand == 2


def test_when_the_database_goes_away_the_worker_waits_for_it_and_goes_on(
    start_worker: StartWorker, post: Post, show: Show, database: Database
) -> None:
    worker = start_worker()
    with database.closed():
        eventually(lambda: worker.says("the worker starts again"))

    location = post()

    eventually(lambda: show(location)["state"] == "sent")


def test_a_message_is_sent_once_when_the_database_is_away_as_ses_takes_it(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    gate.delay = 1.0
    worker = start_worker()
    location = post()
    assert gate.entered.wait(60)
    with database.closed():
        eventually(lambda: worker.says("sent, but it can't be recorded yet"))

    eventually(lambda: show(location).get("state") == "sent")

    assert gate.calls == 1


def test_its_counters_start_at_zero_and_count_what_became_of_messages(
    start_worker: StartWorker, post: Post, show: Show
) -> None:
    port = str(free_port())
    start_worker(MAILROOM_WORKER_METRICS_PORT=port, PROMETHEUS_MULTIPROC_DIR="/nonexistent")
    before = metric(port, "mailroom_messages_sent_total"), metric(port, "mailroom_messages_failed_total")
    sent, failed = post(), post(**{"from": "me@unverified.test"})

    eventually(lambda: {show(sent)["state"], show(failed)["state"]} == {"sent", "failed"})

    eventually(lambda: metric(port, "mailroom_messages_failed_total") == 1)
    eventually(lambda: metric(port, 'mailroom_delivery_attempts_total{outcome="sent"}') == 1)
    assert before == (0, 0)


def test_the_depth_and_age_of_the_queue_are_published(
    start_worker: StartWorker, post: Post, database: Database
) -> None:
    post()
    database.rows("UPDATE messages SET created_at = now() - interval '1 hour'")
    database.rows("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    port = str(free_port())
    start_worker(MAILROOM_WORKER_METRICS_PORT=port)

    eventually(lambda: metric(port, "mailroom_queue_depth") == 1)

    assert 3600 <= metric(port, "mailroom_queue_oldest_age_seconds") < 3700


def test_a_missing_secret_stops_the_start_and_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    secret = Path(environment["CREDENTIALS_DIRECTORY"]) / "database_password"
    secret.unlink()

    status, process = run(["mailroom", "worker"], environment, tmp_path / "log")

    assert status == 78
    (line,) = process.lines()
    assert line["level"] == "CRITICAL"
    assert f"the secret database_password is missing: there is no file {secret}" in line["message"]
    assert "MAILROOM_SES_REGION is not set" in line["message"]


def test_an_address_for_metrics_that_is_taken_stops_the_start(
    start_worker: StartWorker, environment: dict[str, str], tmp_path: Path
) -> None:
    port = str(free_port())
    start_worker(MAILROOM_WORKER_METRICS_PORT=port)
    settings = {
        "MAILROOM_SES_REGION": "eu-central-1",
        "MAILROOM_METRICS_HOST": "127.0.0.1",
        "MAILROOM_WORKER_METRICS_PORT": port,
    }

    status, process = run(["mailroom", "worker"], environment | settings, tmp_path / "log")

    assert status == 78
    assert f"MAILROOM_WORKER_METRICS_PORT={port}: Address already in use" in process.lines()[-1]["message"]

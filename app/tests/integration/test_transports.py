"""The transports as the worker and `mailroom send-test` use them, and who gets nothing by any of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailroom.config.transport import SmtpSettings
from support.databases import Database
from support.ports import free_port
from support.processes import eventually, run
from support.ses import Gate, SimulatedSes
from support.smtp import PASSWORD, USER, Certificates, Mailbox, mail_server
from support.workers import Post, Show, StartWorker, metric

SendTest = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox, tmp_path: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Return the settings for a mail server that runs, with its login among the secrets."""
    Path(environment["CREDENTIALS_DIRECTORY"], "smtp_login").write_text(f"{USER}:{PASSWORD}")
    certificates = Certificates(tmp_path)
    with mail_server(mailbox, certificates) as settings:
        yield smtp_environment(settings)


def smtp_environment(settings: SmtpSettings) -> dict[str, str]:
    return {
        "MAILROOM_TRANSPORT": "smtp",
        "MAILROOM_SMTP_HOST": settings.host,
        "MAILROOM_SMTP_PORT": str(settings.port),
        "MAILROOM_SMTP_CA_FILE": str(settings.authority),
    }


@pytest.fixture
def send_test(environment: dict[str, str], ses_url: str, tmp_path: Path) -> SendTest:
    """Run the command, without a database, and return its status and lines."""
    alone = {
        "CREDENTIALS_DIRECTORY": environment["CREDENTIALS_DIRECTORY"],
        "MAILROOM_SENDER": environment["MAILROOM_SENDER"],
        "AWS_ENDPOINT_URL": ses_url,
        "MAILROOM_SES_REGION": "eu-central-1",
    }

    def send_test(address: str, **settings: str) -> tuple[int, list[dict[str, Any]]]:
        status, process = run(["mailroom", "send-test", address], alone | settings, tmp_path / "send-test.log")
        return status, [json.loads(line) for line in process.text().splitlines()]

    return send_test


def test_the_worker_sends_by_smtp(
    smtp: dict[str, str], start_worker: StartWorker, post: Post, show: Show, mailbox: Mailbox
) -> None:
    worker = start_worker(**smtp)
    location = post(subject="Grüße")

    eventually(lambda: show(location)["state"] == "sent")

    assert show(location)["provider_message_id"] == "OK queued-1"
    assert [envelope.rcpt_tos for envelope in mailbox.taken] == [["ann@mailroom.test"]]
    assert PASSWORD not in worker.text()


def test_the_log_transport_sends_nothing_and_says_so(
    start_worker: StartWorker, post: Post, show: Show, ses: SimulatedSes
) -> None:
    worker = start_worker(MAILROOM_TRANSPORT="log")
    location = post()

    eventually(lambda: show(location)["state"] == "sent")

    eventually(lambda: worker.says("a mail is dropped: this transport only logs"))
    assert "ann@mailroom.test" not in worker.text()
    assert ses.received() == []


def test_who_is_suppressed_gets_nothing(
    start_worker: StartWorker, post: Post, show: Show, gate: Gate, database: Database
) -> None:
    database.rows("INSERT INTO suppressions (address, reason) VALUES ('ann.lee@mailroom.test', 'bounce')")
    port = str(free_port())
    worker = start_worker(MAILROOM_WORKER_METRICS_PORT=port)
    location = post(to="Ann.Lee@mailroom.test")

    eventually(lambda: show(location)["state"] == "suppressed")

    assert show(location)["reason"] == "The recipient gets no more mail: bounce."
    assert gate.calls == 0
    eventually(lambda: metric(port, "mailroom_messages_suppressed_total") == 1)
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'mailroom.deliver'"
    eventually(lambda: database.rows(jobs) == [(0,)])
    assert "ann.lee" not in worker.text().lower()


def test_a_worker_without_keys_says_once_that_mails_carry_no_links(start_worker: StartWorker) -> None:
    worker = start_worker()

    missing = "mails carry no links to unsubscribe: set MAILROOM_PUBLIC_URL and the secret unsubscribe_keys"
    eventually(lambda: worker.says(missing))


def test_a_worker_with_keys_doesnt_say_so_and_shows_none(
    start_worker: StartWorker, environment: dict[str, str]
) -> None:
    Path(environment["CREDENTIALS_DIRECTORY"], "unsubscribe_keys").write_text("k" * 32)

    worker = start_worker(MAILROOM_PUBLIC_URL="https://mail.example.com")

    assert "unsubscribe" not in worker.text()
    assert "kkkk" not in worker.text()


def test_send_test_sends_one_mail_by_ses_without_a_database(send_test: SendTest, ses: SimulatedSes) -> None:
    status, (said,) = send_test("ann@mailroom.test")

    (received,) = ses.received()
    assert status == 0
    assert said == {"state": "sent", "provider_message_id": received["id"]}
    assert received["destinations"] == {"ToAddresses": ["ann@mailroom.test"]}
    assert received["subject"] == "A test of Mailroom"


def test_send_test_sends_by_smtp_too(send_test: SendTest, smtp: dict[str, str], mailbox: Mailbox) -> None:
    status, (said,) = send_test("ann@mailroom.test", **smtp)

    assert (status, said) == (0, {"state": "sent", "provider_message_id": "OK queued-1"})
    assert len(mailbox.taken) == 1


def test_send_test_says_what_the_transport_answered(send_test: SendTest, gate: Gate) -> None:
    gate.dead = (400, "MessageRejected")

    status, (said,) = send_test("ann@mailroom.test")

    assert status == 1
    assert said["message"] == "mailroom send-test failed: SES answered MessageRejected: refused by the gate"


def test_send_test_refuses_what_is_no_address(send_test: SendTest, gate: Gate) -> None:
    status, (said,) = send_test("nobody")

    assert status == 1
    assert said["message"].startswith("mailroom send-test failed: this is no address: ")
    assert gate.calls == 0


def test_send_test_names_what_isnt_set(send_test: SendTest) -> None:
    status, (said,) = send_test("ann@mailroom.test", MAILROOM_SES_REGION="", MAILROOM_SENDER="")

    assert status == 78
    assert said["message"] == (
        "mailroom send-test can't start: MAILROOM_SES_REGION is not set; MAILROOM_SENDER is not set"
    )

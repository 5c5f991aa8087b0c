"""`make dev`: one command to a Mailroom that answers, and again at each saved file; in the end nothing is left."""

from __future__ import annotations

import shlex
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable

import pytest

from tests.mailroom_source import LIVE, SAID, save_migration
from tests.unit.tools.dev.running import Dev, environment, send
from tools.wheels import ROOT

READING = ("messages", "templates", "suppressions", "users", "keys", "statistics/days?from=2026-01-01&to=2026-01-02")


def printed_curl(dev: Dev) -> tuple[str, dict[str, str], bytes]:
    """Return URL, headers and body of the printed command, as a shell takes it apart."""
    words = shlex.split(dev.found(r"(?s)\n  (curl http.*?)\n\n").replace("\\\n", ""))
    options = list(zip(words[2::2], words[3::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    return words[1], headers, dict(options)["-d"].encode()


def message(dev: Dev) -> dict[str, str]:
    status, body = dev.ask("/api/v1/messages", {"to": "you@example.org", "subject": uuid.uuid4().hex, "text": "Hi"})
    assert status == 202, body
    return dict(body)


def test_the_printed_curl_is_taken(dev: Dev) -> None:
    status, body = send(*printed_curl(dev))

    assert (status, body["state"]) == (202, "queued")


def test_the_worker_notes_a_mail_and_drops_it(dev: Dev) -> None:
    sent = message(dev)

    dev.wait_for(f"a mail is dropped: this transport only logs  message_id={sent['id']}")
    dev.wait_for(f"sent  message_id={sent['id']}")
    assert dev.ask(f"/api/v1/messages/{sent['id']}")[1]["state"] == "sent"


@pytest.mark.parametrize("what", READING)
def test_the_key_is_for_everything(dev: Dev, what: str) -> None:
    assert dev.ask(f"/api/v1/{what}")[0] == 200


def test_redis_lets_the_service_do_what_it_does(dev: Dev) -> None:
    ready = dev.ask("/health/ready")[1]

    assert ready["checks"] == {"database": {"status": "ok"}, "redis": {"status": "ok"}}


def test_the_printed_commands_run(dev: Dev) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    mailroom, database = dev.found(r"commands +(\S+)"), dev.found(r"database +(\S+)")
    words = [mailroom, "users", "create", email, "--role", "admin", "--name", "Ann"]
    subprocess.run(words, input="a long enough password\n", text=True, check=True, capture_output=True)
    query = f"SELECT role FROM users WHERE email = '{email}'"  # noqa: S608 - made up here

    found = subprocess.run([database, "-tAc", query], text=True, check=True, capture_output=True)

    assert found.stdout == "admin\n"


def test_a_saved_file_is_served_and_meanwhile_no_request_is_refused(dev: Dev) -> None:
    word, refused, done = uuid.uuid4().hex, [], threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                if dev.ask("/health/live")[0] != 200:
                    refused.append("an answer")
            except OSError as error:
                refused.append(repr(error))

    asking = threading.Thread(target=ask)
    asking.start()
    before = dev.save(LIVE, SAID, f'{SAID}, word="{word}"')
    try:
        dev.wait_for(f"==> {LIVE} changed", before)
        dev.wait_for("==> Mailroom answers at", before)
    finally:
        done.set()
        asking.join()

    assert dev.ask("/health/live")[1]["word"] == word
    assert refused == []


def test_a_file_that_can_not_be_loaded_is_told_and_another_save_mends_it(dev: Dev) -> None:
    before = dev.save("src/mailroom/app.py", "def create_app(", "import nothing_of_this_name\n\n\ndef create_app(")
    dev.wait_for("No module named 'nothing_of_this_name'", before)
    dev.wait_for("==> it doesn't answer", before)

    before = dev.save("src/mailroom/app.py", "import nothing_of_this_name\n\n\n", "")

    dev.wait_for("==> Mailroom answers at", before)
    assert dev.ask("/health/live")[0] == 200


def test_a_new_migration_is_applied(dev: Dev) -> None:
    before = len(dev.output)
    name = save_migration(dev.source, "CREATE TABLE tries (id integer);\n")

    dev.wait_for(f"migration applied  migration={name}", before)
    dev.wait_for("==> Mailroom answers at", before)


def test_ctrl_c_ends_all_of_it_and_leaves_nothing(dev: Dev) -> None:
    dev.process.send_signal(signal.SIGINT)

    assert dev.process.wait(30) == 0
    assert dev.output.endswith("==> all of it has ended, and nothing is kept\n")
    assert dev.leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
def test_whatever_ends_it_while_it_starts_nothing_is_left(start: Callable[[], Dev], number: signal.Signals) -> None:
    dev = start()
    dev.wait_for("migration applied")

    dev.process.send_signal(number)

    assert dev.process.wait(30) == (-number if number == signal.SIGKILL else 0)
    assert dev.leftovers() == []


def test_a_port_that_is_taken_is_told_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "tools.dev", "--port", str(port)]

        done = subprocess.run(command, cwd=ROOT, env=environment(), check=False, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr == (
        f"make dev: port {port} can't be had (Address already in use), perhaps by another `make dev`; "
        f"take another: make dev PORT={port + 1}\n"
    )

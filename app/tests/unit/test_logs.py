from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from mailroom.logs import configure_logging
from mailroom.release import current_release
from mailroom.request_ids import request_id_in_hand


@pytest.fixture(autouse=True)
def untouched_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level


def test_a_line_is_one_json_object_that_says_when_who_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("worker")
    logging.getLogger("mailroom.x").warning("hello %s", "world", extra={"attempt": 2})

    line = json.loads(capsys.readouterr().out)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "mailroom.x",
        "message": "hello world",
        "component": "worker",
        "release": current_release(),
        "attempt": 2,
    }


def test_a_line_carries_the_request_id_in_hand(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("web")
    token = request_id_in_hand.set("r-1")
    logging.getLogger("mailroom.x").info("one")
    request_id_in_hand.reset(token)
    logging.getLogger("mailroom.x").info("two")

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["request_id"] == "r-1"
    assert "request_id" not in second


def test_gunicorns_lines_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.addHandler(logging.NullHandler())
    gunicorn.propagate = False
    configure_logging("web")

    gunicorn.error("Worker exiting")

    assert json.loads(capsys.readouterr().out)["logger"] == "gunicorn.error"


def test_libraries_that_tell_of_every_step_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("worker")
    logging.getLogger("procrastinate.worker").info("Starting job deliver[1](message_id=…)")

    assert capsys.readouterr().out == ""

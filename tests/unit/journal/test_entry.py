"""What is shown of a journal's entry, whatever wrote it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roles.journal.files.search import entry as module
from roles.journal.files.search.entry import Seen, level_number, line_of


def entry(message: object, **more: object) -> dict[str, Any]:
    return {"MESSAGE": message, "__REALTIME_TIMESTAMP": "1772370309250000", "__CURSOR": "s=a;i=1;b=c;m=d", **more}


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("ERROR", 3),
        ("err", 3),
        ("warn", 4),
        ("WARNING", 4),
        ("fatal", 2),
        ("6", 6),
        (7, 7),
        ("8", None),
        ("loud", None),
    ],
)
def test_a_level_is_known_by_the_words_of_syslog_and_python_and_by_its_number(word: object, number: int | None) -> None:
    assert level_number(word) == number


def test_a_message_in_json_gives_level_and_request_id() -> None:
    message = json.dumps({"level": "ERROR", "request_id": "r-1", "message": "boom"})

    line = line_of("app-1", entry(message, PRIORITY="6", _SYSTEMD_UNIT="mailroom-web@blue.service"))

    assert (line["level"], line["request_id"], line["unit"]) == ("error", "r-1", "mailroom-web@blue.service")
    assert line["fields"]["message"] == "boom"
    assert line["time"] == 1772370309.25


def test_a_message_in_words_has_the_journals_own_level() -> None:
    line = line_of("app-1", entry("it is full", PRIORITY="4"))

    assert (line["level"], line["request_id"], line["fields"]) == ("warning", None, {})


def test_what_the_manager_says_of_a_unit_is_that_units_line() -> None:
    line = line_of("app-1", entry("Started nginx.", UNIT="nginx.service", _SYSTEMD_UNIT="init.scope"))

    assert line["unit"] == "nginx.service"


@pytest.mark.parametrize("message", ["{not json", None, "{}"])
def test_a_message_that_only_looks_like_json_or_is_none_is_shown_as_it_is(message: str | None) -> None:
    assert line_of("app-1", entry(message))["message"] == (message or "")


def test_bytes_that_are_no_text_are_shown_by_their_numbers() -> None:
    assert line_of("app-1", entry([97, 255, 98]))["message"] == "a\\xffb"


def test_an_entry_that_was_pushed_twice_is_shown_once() -> None:
    seen = Seen()
    pushed = entry("x", __CURSOR="s=1;i=7;b=boot;m=1;t=2;x=3")
    again = entry("x", __CURSOR="s=1;i=9;b=boot;m=1;t=2;x=3")

    assert seen.is_new("app-1", pushed)
    assert not seen.is_new("app-1", again), "its place in the file is another, and nothing else"
    assert seen.is_new("app-2", again), "another host's is another one"


def test_of_what_came_only_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    seen = Seen()

    for number in range(3):
        assert seen.is_new("app-1", entry("x", __CURSOR=f"s=1;i=1;b={number}"))

    assert seen.is_new("app-1", entry("x", __CURSOR="s=1;i=1;b=0"))
    assert not seen.is_new("app-1", entry("x", __CURSOR="s=1;i=1;b=2"))

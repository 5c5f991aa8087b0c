"""A log line as people read it: in columns, in colour only where that is shown, and harmless to a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from tools.log_lines import Columns, safe
from tools.paint import Paint

ACCESS: dict[str, Any] = {
    "time": "2026-03-01T13:05:09+00:00",
    "request_id": "r-1",
    "method": "GET",
    "path": "/health/ready",
    "status": 200,
    "seconds": 0.004,
    "remote": "192.0.2.7",
    "release": "1.4.0",
}


def line(message: str = "", level: str = "info", **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "time": 1772370309.25,
        "host": "app-1",
        "unit": "mailroom-web@blue.service",
        "level": level,
        "request_id": fields.get("request_id"),
        "message": message,
        "fields": fields,
    }


def shown(one: dict[str, Any], *, colour: bool = False) -> str:
    return Columns(Paint(colour)).show(one)


def test_a_line_says_when_where_who_how_bad_and_what() -> None:
    assert shown(line("it is full", "warning")) == (
        "2026-03-01 13:05:09.250  app-1  mailroom-web@blue  warning  it is full"
    )


def test_a_line_in_json_is_its_message_and_what_else_it_holds() -> None:
    one = line(message="not shown", level="error", request_id="r-1", release="1.4.0", attempt=2)
    one["fields"]["message"] = "SES refused"

    assert shown(one).endswith("error  SES refused  attempt=2")


def test_a_line_of_the_access_log_is_told_in_words() -> None:
    assert shown(line(**ACCESS)).endswith("GET /health/ready 200 in 0.004 s for 192.0.2.7, release 1.4.0")


def test_a_traceback_stands_below_its_line() -> None:
    one = line("x", exc_info="Traceback:\n  File a\nValueError: \x1b[2Jgone")

    assert shown(one).splitlines()[1:] == ["    Traceback:", "      File a", "    ValueError: \\u001b[2Jgone"]


@pytest.mark.parametrize("text", ["\x1b]0;title\x07", "a\rb", "\x9b31m", "\u202egnp"])
def test_nothing_that_is_logged_commands_the_terminal(text: str) -> None:
    assert safe(text).isprintable()
    assert shown(line(text)).isprintable()


def test_letters_of_all_languages_stay_as_they_are() -> None:
    assert safe("Grüße, 世界 🙂") == "Grüße, 世界 🙂"


@pytest.mark.parametrize(("level", "code"), [("error", "31"), ("critical", "31"), ("warning", "33"), ("debug", "2")])
def test_colour_says_how_bad_it_is(level: str, code: str) -> None:
    assert f"\x1b[{code}mit is full\x1b[0m" in shown(line("it is full", level), colour=True)


def test_without_a_terminal_there_is_no_colour() -> None:
    assert "\x1b" not in shown(line("it is full", "error"))


def test_columns_are_as_wide_as_the_widest_of_all_lines() -> None:
    columns = Columns(Paint())
    short, long = line("a"), {**line("b"), "host": "monitoring-1"}
    columns.grow([short, long])

    first, second = columns.show(short), columns.show(long)
    assert first.index("mailroom-web") == second.index("mailroom-web")

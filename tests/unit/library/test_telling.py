"""What of a crashing service's log is worth a tired person's time."""

from __future__ import annotations

import json

from ansible.module_utils.last_words import telling

CRASH = """[ERROR] Exception in worker process
Traceback (most recent call last):
  File "/srv/app/wsgi.py", line 3, in <module>
    raise RuntimeError("no flux")
RuntimeError: no flux
[INFO] Worker exiting
app-web@green.service: Failed with result 'exit-code'.
""".splitlines()


def test_a_traceback_keeps_its_exception_and_loses_its_frames() -> None:
    assert telling(CRASH, 12) == [
        "[ERROR] Exception in worker process",
        "RuntimeError: no flux",
        "[INFO] Worker exiting",
        "app-web@green.service: Failed with result 'exit-code'.",
    ]


def test_what_a_restarted_service_says_again_is_said_once() -> None:
    assert telling(CRASH * 5, 12) == telling(CRASH, 12)


def test_only_the_last_lines_are_shown() -> None:
    assert telling([f"line {number}" for number in range(100)], 2) == ["line 98", "line 99"]


def as_json(level: str, message: str, **more: object) -> str:
    """Return a line as python-json-logger writes it."""
    return json.dumps({"level": level, "logger": "mailroom", "message": message, **more})


def test_of_json_lines_level_message_and_exception_are_left() -> None:
    trace = "Traceback (most recent call last):\n  File \"x.py\", line 3\nKeyError: 'mood'"
    assert telling([as_json("ERROR", "an unexpected error", exc_info=trace, request_id="1")], 12) == [
        "ERROR: an unexpected error (KeyError: 'mood')"
    ]


def test_what_is_well_is_left_out_where_something_is_wrong() -> None:
    well = [as_json("INFO", "answered", duration_ms=number) for number in range(3)]
    assert telling([*well, as_json("WARNING", "slow"), *well], 12) == ["WARNING: slow"]
    assert telling(well, 12) == ["INFO: answered"]
    assert telling(["[1, 2]", '"text"', "{}"], 12) == ["[1, 2]", '"text"', "{}"]

"""What of a crashing service's log is worth a tired person's time."""

from __future__ import annotations

from ansible.module_utils import slots

CRASH = """[ERROR] Exception in worker process
Traceback (most recent call last):
  File "/srv/app/wsgi.py", line 3, in <module>
    raise RuntimeError("no flux")
RuntimeError: no flux
[INFO] Worker exiting
app-web@green.service: Failed with result 'exit-code'.
""".splitlines()


def test_a_traceback_keeps_its_exception_and_loses_its_frames() -> None:
    assert slots.telling(CRASH, 12) == [
        "[ERROR] Exception in worker process",
        "RuntimeError: no flux",
        "[INFO] Worker exiting",
        "app-web@green.service: Failed with result 'exit-code'.",
    ]


def test_what_a_restarted_service_says_again_is_said_once() -> None:
    assert slots.telling(CRASH * 5, 12) == slots.telling(CRASH, 12)


def test_only_the_last_lines_are_shown() -> None:
    assert slots.telling([f"line {number}" for number in range(100)], 2) == ["line 98", "line 99"]

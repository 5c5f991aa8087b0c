"""What of a service's log tells a tired person why it failed."""

from __future__ import annotations

import json
import subprocess

QUIET = ("DEBUG", "INFO")


def plain(line: str) -> tuple[bool, str]:
    """Return whether a line is more than a report that all goes well, and the line as it's read best.

    Of a JSON object, as loggers write it, level, message and exception are left (keys of python-json-logger).
    """
    try:
        said = json.loads(line)
    except ValueError:
        return True, line
    if not isinstance(said, dict) or "message" not in said:
        return True, line
    level = str(said.get("level") or said.get("levelname") or "").upper()
    raised = str(said.get("exc_info") or "").strip().rpartition("\n")[2]
    text = f"{level}: {said['message']}" if level else str(said["message"])
    return level not in QUIET, f"{text} ({raised})" if raised else text


def telling(lines: list[str], count: int) -> list[str]:
    """Return the last lines that tell a tired person something.

    A traceback's frames are left out and its exceptions stay; what a service that is restarted says again is said once;
    where something is wrong, what is well is left out.
    """
    said = [line for line in lines if line.strip() and not line.startswith((" ", "\t", "Traceback (most recent"))]
    told = [plain(line) for line in said]
    wrong = [text for loud, text in told if loud]
    return list(dict.fromkeys(wrong or [text for _, text in told]))[-count:]


def last_log_lines(unit: str, since: float, count: int = 12) -> list[str]:
    """Return the last telling lines that a unit wrote to the journal.

    Args:
        unit: the unit.
        since: only lines written at or after this time, in seconds since the epoch.
        count: how many lines at most.
    """
    command = ["journalctl", "--unit", unit, "--since", f"@{int(since)}", "--lines", "500"]
    shown = subprocess.run([*command, "--output", "cat", "--no-pager"], capture_output=True, text=True, check=False)
    return telling(shown.stdout.splitlines(), count)

"""Beside a play: a secret is seen that only a command of a moment had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.leaks.search import secrets_of, watched, written

VALUE = "a-planted-value-of-a-secret-0123456789"


def test_a_command_that_runs_for_a_moment_is_seen_on_the_control_node() -> None:
    with watched([], {"planted": [VALUE]}) as found:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.5)", VALUE], check=True)

    assert [place.rpartition(" of ")[0] for place in found] == ["planted in the arguments"]
    assert found[0].endswith(" on the control node")


def test_nothing_is_seen_where_nothing_is() -> None:
    with watched([], {"planted": [VALUE]}) as found:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], check=True)

    assert found == []


def test_what_plays_print_and_all_can_read_is_looked_into(tmp_path: Path) -> None:
    for folder in ("logs", "secrets"):
        (tmp_path / folder).mkdir(mode=0o700)
    (tmp_path / "ssh_key").touch(0o600)
    (tmp_path / "secrets/planted").write_text(f"{VALUE}\n", encoding="utf-8")
    secrets = secrets_of(tmp_path)
    assert written(tmp_path, secrets) == []

    (tmp_path / "logs/play.log").write_text(f"changed: {VALUE}", encoding="utf-8")
    (tmp_path / "notes").write_text(VALUE, encoding="utf-8")
    (tmp_path / "notes").chmod(0o644)
    assert written(tmp_path, secrets) == [f"planted in {tmp_path}/logs/play.log", f"planted in {tmp_path}/notes"]

from __future__ import annotations

import json

import pytest

from mailroom.cli import main
from mailroom.release import current_release


def test_schema_tells_what_the_release_needs_and_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert 1 <= told["needs"] <= told["ships"]


@pytest.mark.parametrize(
    "command", [["migrate"], ["worker"], ["keys", "ensure", "x"], ["keys", "list"], ["users", "list"], ["purge"]]
)
def test_a_command_that_is_set_up_wrong_ends_with_78_and_names_what_is_missing(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CREDENTIALS_DIRECTORY", "MAILROOM_DATABASE_HOST"):
        monkeypatch.delenv(name, raising=False)
    # main() sets up the worker's environment: leave none of it behind.
    monkeypatch.setenv("PROMETHEUS_DISABLE_CREATED_SERIES", "true")

    assert main(command) == 78

    line = json.loads(capsys.readouterr().out)
    assert line["level"] == "CRITICAL"
    assert f"mailroom {command[0]} can't start: MAILROOM_DATABASE_HOST is not set" in line["message"]


def test_the_version_is_that_of_the_wheel(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out.strip() == current_release()

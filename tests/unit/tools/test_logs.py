"""`make logs`: what is asked for is checked, reaches the host as it is, and what comes back is shown."""

from __future__ import annotations

import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import logs
from tools.ask import Answers, AskError
from tools.logs import Place, WrongWishError, arguments, remote_words

PLACE = Place("mon", "10.20.0.7", 22, "admin", "/keys/one", "-o UserKnownHostsFile='/a b' -o IdentitiesOnly=yes")
LINE = (
    '{"time": 1772370309.25, "host": "app-1", "unit": "nginx.service", "level": "info", "request_id": null,'
    ' "message": "hello", "fields": {}}'
)
SHOWN = "2026-03-01 13:05:09.250  app-1  nginx  info  hello\n"


def words(*argv: str) -> list[str]:
    """Return what the host is asked by a command line."""
    return remote_words(arguments(argv)[0])


def test_nothing_said_means_the_last_lines_of_a_day() -> None:
    assert words() == ["--lines=500", "--since=-24h"]


def test_everything_can_be_said_at_once() -> None:
    asked = words(
        *("--request", "r-1", "--host", "app-1", "--unit", "mailroom-web@*", "--level", "ERR", "--since", "10m"),
        *("--until", "2026-11-22 14:00", "--grep", "it's|here", "-n", "5", "-f"),
    )

    assert sorted(asked) == [
        "--follow",
        "--grep=it's|here",
        "--host=app-1",
        "--level=error",
        "--lines=5",
        "--request=r-1",
        "--since=-10m",
        "--unit=mailroom-web@*",
        "--until=2026-11-22 14:00",
    ]


def test_who_follows_begins_with_what_is_new() -> None:
    assert words("--follow") == ["--lines=500", "--follow"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--request", "r 1; id"], "REQUEST='r 1; id': it must be 1 to 64 letters, digits, _ and -"),
        (["--request", "x" * 65], "it must be 1 to 64 letters"),
        (["--host=-x"], "HOST='-x': it must be a host's name in the inventory"),
        (["--unit", "nginx $(id)"], "it must be a unit or a pattern of units, as in nginx"),
        (["--level", "loud"], "LEVEL=loud: there is no such level. There are: emergency, alert, critical, error"),
        (["--since", "a\nb"], "it must be a time as in 10m, 2h, yesterday or 2026-11-22 14:00 (UTC)"),
        (["--grep", ""], "GREP='': it must be a pattern of one line"),
        (["--lines", "-1"], "--lines -1: it may be 0 (all) or more"),
    ],
)
def test_what_can_not_be_is_refused_with_what_may_be(argv: list[str], said: str) -> None:
    with pytest.raises(WrongWishError) as refused:
        words(*argv)

    assert said in str(refused.value)


def test_a_wrong_wish_is_said_before_anybody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logs, "ask", None)

    assert logs.main(["--level", "loud"]) == 2
    assert "there is no such level" in capsys.readouterr().err


def test_a_shell_on_the_way_gets_each_word_as_it_is() -> None:
    wish = ["sudo", '--grep=it\'s $HOME; `id` "x" *']

    command = PLACE.command(wish)

    assert shlex.split(command[-1]) == wish
    by_a_shell = subprocess.run(["sh", "-c", f"printf '%s\\n' {command[-1]}"], stdout=-1, text=True, check=True)
    assert by_a_shell.stdout.splitlines() == wish
    assert command[:2] == ["ssh", "-o"]
    assert "UserKnownHostsFile=/a b" in command
    assert command[-7:-1] == ["-i", "/keys/one", "-p", "22", "admin@10.20.0.7", "--"]


def test_the_host_is_reached_as_ansible_reaches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"address": "10.20.0.7", "port": "2222", "user": "", "key": "", "arguments": ""}
    monkeypatch.setattr(logs, "ask", lambda *_: Answers([{"mon": {"msg": told}}]))

    place = logs.place_of("inventories/local", [])

    assert (place.name, place.port) == ("mon", 2222)
    assert place.command(["true"])[-4:] == ["2222", "10.20.0.7", "--", "true"]


def test_an_environment_without_a_monitoring_host_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "ask", lambda *_: Answers())

    with pytest.raises(AskError, match="the inventory has no host in the group monitoring"):
        logs.place_of("inventories/local", [])


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an ssh in the way that runs a script of the test's, and say that Ansible found the host."""
    program = tmp_path / "ssh"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    told: dict[str, Any] = {"address": "h", "port": 22, "user": "", "key": "", "arguments": ""}
    monkeypatch.setattr(logs, "ask", lambda *_: Answers([{"mon": {"msg": told}}]))
    program.touch()
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_lines_are_shown_in_columns_and_counted(ssh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ssh.write_text(f"#!/bin/sh\necho '{LINE}'\n")

    assert logs.main([]) == 0

    said = capsys.readouterr()
    assert said.out == SHOWN
    assert said.err == "1 line since 24h\n"


def test_lines_are_handed_on_as_json_and_nothing_else(ssh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ssh.write_text(f"#!/bin/sh\necho '{LINE}'\n")

    assert logs.main(["--json"]) == 0
    assert capsys.readouterr() == (LINE + "\n", "")


def test_where_lines_were_left_out_it_is_said(ssh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ssh.write_text(f"#!/bin/sh\necho '{LINE}'\n")

    logs.main(["--lines", "1"])

    assert "the last ones; more with ARGS='--lines 0'" in capsys.readouterr().err


def test_who_follows_sees_a_line_when_it_comes_and_leaves_nobody_behind(ssh: Path, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    ssh.write_text(f"#!/bin/sh\necho '{LINE}'\nexec >&-\ncat >/dev/null\ntouch {ended}\n")

    found = logs.search(PLACE, ["--follow"])
    assert next(found)["message"] == "hello"
    del found

    assert ended.exists(), "its standard input ended, so it ended, too"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "echo 'Failed to parse timestamp: soon' >&2; exit 1",
            "mon could not be searched: Failed to parse",
        ),
        ("exit 127", "the search isn't there yet; `make converge` brings it"),
        (f"echo 'sudo: {logs.SEARCH}: command not found' >&2; exit 1", "`make converge` brings it"),
        ("exit 255", "mon could not be searched: no reason was given"),
    ],
)
def test_a_search_that_fails_says_why(ssh: Path, capsys: pytest.CaptureFixture[str], script: str, said: str) -> None:
    ssh.write_text(f"#!/bin/sh\n{script}\n")

    assert logs.main([]) == 1
    assert said in capsys.readouterr().err


def test_what_ansible_has_to_say_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> Answers:
        raise AskError("no such inventory")

    monkeypatch.setattr(logs, "ask", refuse)

    assert logs.main(["-i", "inventories/nowhere"]) == 1
    assert capsys.readouterr().err == "nowhere could not be asked:\nno such inventory\n"

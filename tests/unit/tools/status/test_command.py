"""The command `make status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.tools.status.test_picture import host
from tools.ask import Answers, AskError
from tools.status import command
from tools.status.command import Look, main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.status.screen import Screen


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let one host answer; return the arguments of each call."""
    asked: list[list[str]] = []

    def ask(_: str, __: str, arguments: list[str]) -> Answers:
        asked.append(arguments)
        return Answers([{"app-1": {"results": [host()]}}])

    monkeypatch.setattr(command, "ask", ask)
    return asked


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody be asked."""

    def ask(*_: object) -> Answers:
        raise AskError("no inventory\nmore")

    monkeypatch.setattr(command, "ask", ask)


@pytest.mark.usefixtures("answering")
def test_it_succeeds_when_an_app_host_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-i", "inventories/local"]) == 0
    assert "app-1: 1.0.0 is live in slot blue" in capsys.readouterr().out


def test_it_fails_when_no_app_host_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "ask", lambda *_: Answers([], {"app-1": "unreachable: no route"}))

    assert main([]) == 1
    assert capsys.readouterr().out == "app-1 could not be asked, unreachable: no route\n"


@pytest.mark.usefixtures("silent")
def test_it_fails_with_what_ansible_said_when_nobody_could_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert capsys.readouterr().err == "local could not be asked:\nno inventory\nmore\n"


def test_an_application_that_is_named_is_the_only_one_asked_for(answering: list[list[str]]) -> None:
    main(["-e", "app_name=guestbook"])

    assert answering == [["-e", "status_limit=5", "-e", "app_name=guestbook", "-e", "status_app=guestbook"]]


@pytest.mark.usefixtures("answering")
def test_watched_it_looks_as_often_as_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, float]] = []

    def once(look: Callable[[], str], _: Screen, every: float) -> None:
        seen.append((look(), every))

    monkeypatch.setattr(command, "watch", once)

    assert main(["--watch"]) == 0
    assert main(["--watch", "--every", "30"]) == 0
    assert [every for _, every in seen] == [10, 30]
    assert "app-1: 1.0.0 is live" in seen[0][0]


@pytest.mark.parametrize("every", ["1", "3601", "-5", "soon"])
def test_hosts_are_not_asked_more_often_than_they_can_bear(every: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--watch", f"--every={every}"])

    assert f"{every} is not 2 to 3600 seconds" in capsys.readouterr().err


def test_while_nobody_answers_the_last_picture_stays_under_the_reason(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    look = Look("inventories/local", 5, [])
    monkeypatch.setattr(command, "ask", lambda *_: Answers([{"app-1": {"results": [host()]}}]))
    picture = look.again()
    request.getfixturevalue("silent")

    assert look.again().splitlines()[0].startswith("local could not be asked, 2")
    assert look.again().splitlines()[0].endswith("UTC: no inventory")
    assert look.again().split("\n", 1)[1] == picture

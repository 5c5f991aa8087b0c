"""`make releases`: one table of what all app hosts wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.library.entries import entry
from tools import releases
from tools.ask import Answers, AskError
from tools.paint import Paint
from tools.releases import lacking, merge, row, show

if TYPE_CHECKING:
    import pytest

PLAIN = Paint()


def lines(told: dict[str, list[dict[str, Any]]], **more: Any) -> list[str]:  # noqa: ANN401
    """Return what is shown."""
    wish = {"torn": {}, "lost": {}, "limit": 20, "paint": PLAIN, **more}
    return show(told, **wish).splitlines()


def test_entries_of_all_hosts_are_shown_once_newest_first() -> None:
    told = {"app-1": [entry(2), entry(1)], "app-2": [entry(3), entry(2), entry(1)]}

    assert [one["id"] for one in merge(told)] == ["r3", "r2", "r1"]


def test_a_line_says_when_what_from_where_to_by_whom_and_how_it_went() -> None:
    probe = {"sent": 12345, "failed": 0, "slowest_ms": 31}

    assert row(entry(1, probe=probe, **{"from": "laptop"})) == [
        "2026-03-01 13:00:00",
        "release",
        "1.0.0 → 1.1.0",
        "ann@laptop",
        "10 s",
        "succeeded",
        "12,345",
        "0",
        "",
    ]


def test_a_first_release_comes_from_nothing() -> None:
    assert row(entry(0))[2] == "1.0.0"


def test_a_release_in_an_emergency_is_marked() -> None:
    assert row(entry(1, fast=True))[5] == "succeeded, no bake"
    assert row(entry(1, fast=True, verdict="failed"))[5] == "failed"


def test_a_reason_is_told_in_one_line() -> None:
    told = row(entry(1, verdict="failed", reason="error ratio of 1.1.0:\n 2.1 % is above 1 %", missing=["app-2"]))

    assert told[-1] == "error ratio of 1.1.0: 2.1 % is above 1 %; without app-2"


def test_where_a_release_was_promoted_from_is_told() -> None:
    assert row(entry(1, promoted_from="staging"))[-1] == "promoted from staging"


def test_a_lock_that_had_to_go_is_told() -> None:
    broke = {"owner": "bob", "node": "desk", "why": "broken by flag"}

    assert row(entry(1, broke_lock=broke))[-1] == "took the lock of bob@desk (broken by flag)"


def test_the_hosts_that_lack_an_entry_are_named() -> None:
    told = {"app-1": [entry(2), entry(1)], "app-2": [entry(1)], "app-3": []}

    assert lines(told)[-2:] == [
        "app-2 lacks 1: release 1.2.0 (r2)",
        "app-3 lacks 2: release 1.2.0 (r2), release 1.1.0 (r1)",
    ]


def test_entries_older_than_what_a_host_was_asked_for_are_not_missed() -> None:
    told = {"app-1": [entry(3), entry(2)], "app-2": [entry(2), entry(1)]}

    assert {host: [one["id"] for one in missed] for host, missed in lacking(told, 2).items()} == {"app-2": ["r3"]}


def test_torn_lines_and_hosts_that_could_not_be_asked_are_named() -> None:
    said = lines({"app-1": [entry(1)]}, torn={"app-1": 1}, lost={"app-2": "unreachable: no route"})

    assert said[-2:] == ["app-1 has 1 torn line in its ledger", "app-2 could not be asked, unreachable: no route"]


def test_no_more_than_asked_for_are_shown() -> None:
    assert len(lines({"app-1": [entry(number) for number in range(9, 0, -1)]}, limit=3)) == 4


def test_an_empty_ledger_says_so() -> None:
    assert lines({"app-1": []}) == ["Nothing was released yet."]


def test_the_command_shows_the_table_and_fails_only_when_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = Answers([{"app-1": {"entries": [entry(1)], "torn": 0}}], {"app-2": "unreachable: no route"})
    monkeypatch.setattr(releases, "ask", lambda *_: answers)

    assert releases.main(["-i", "inventories/local"]) == 0
    assert "1.0.0 → 1.1.0" in capsys.readouterr().out

    monkeypatch.setattr(releases, "ask", lambda *_: Answers([], {"app-1": "unreachable: no route"}))
    assert releases.main([]) == 1
    assert "app-1 could not be asked, unreachable: no route" in capsys.readouterr().out


def test_when_ansible_cannot_run_the_command_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Answers:
        raise AskError("the inventory can't be read")

    monkeypatch.setattr(releases, "ask", fail)

    assert releases.main(["-i", "inventories/local"]) == 1
    assert capsys.readouterr().err == "local could not be asked:\nthe inventory can't be read\n"

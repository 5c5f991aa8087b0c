"""Which journals are read, how journalctl is asked, and what is made of its answers."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from roles.journal.files.search import __main__ as program
from roles.journal.files.search.__main__ import arguments
from roles.journal.files.search.journals import pattern_of, selections, sources

JOURNALCTL = """#!/usr/bin/env python3
import json, os, sys
place = next((word.split("=")[1] for word in sys.argv if word.startswith("--directory=")), "here")
answer = json.load(open(os.environ["ANSWERS"]))[os.path.basename(place)]
with open(os.environ["ANSWERS"] + ".asked", "a") as asked:
    asked.write(json.dumps([os.path.basename(place), sys.argv[1:]]) + "\\n")
for line in answer.get("entries", []):
    print(json.dumps(line), flush=True)
sys.stderr.write(answer.get("said", ""))
sys.exit(answer.get("code", 0))
"""


def entry(time: int, message: str, priority: int = 6) -> dict[str, Any]:
    cursor = f"s=a;i={time};b=boot;m={time};t={time};x=1"
    return {"__REALTIME_TIMESTAMP": str(time), "__CURSOR": cursor, "MESSAGE": message, "PRIORITY": str(priority)}


class World:
    """A store with two senders, and a journalctl that answers what it is told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lay it down."""
        self.settings, self._answers = folder / "search.json", folder / "answers.json"
        for name in ("app-1", "app-2"):
            (folder / "remote" / name).mkdir(parents=True)
        self.settings.write_text(json.dumps({"here": "mon", "remote": str(folder / "remote")}))
        program_file = folder / "bin" / "journalctl"
        program_file.parent.mkdir()
        program_file.write_text(JOURNALCTL)
        program_file.chmod(program_file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program_file.parent}:/usr/bin:/bin")
        monkeypatch.setenv("ANSWERS", str(self._answers))

    def answer(self, **answers: dict[str, Any]) -> None:
        """Have journals answer; `here` is the host's own, and those that aren't named are empty."""
        named = {name.replace("_", "-"): answer for name, answer in answers.items()}
        self._answers.write_text(json.dumps({"here": {}, "app-1": {}, "app-2": {}, **named}))

    def asked(self) -> list[tuple[str, list[str]]]:
        """Return of which journal it was asked, and how."""
        lines = Path(f"{self._answers}.asked").read_text(encoding="utf-8").splitlines()
        return [(name, words) for name, words in map(json.loads, lines)]

    def search(self, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
        """Return what a search prints; it must work."""
        assert program.main(["--settings", str(self.settings), *words]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_the_hosts_own_journal_is_read_where_it_is_and_each_senders_in_its_folder(world: World) -> None:
    found = sources(world.settings, [])

    assert list(found) == ["mon", "app-1", "app-2"]
    assert found["mon"] == []
    assert found["app-1"] == [f"--directory={world.settings.parent / 'remote' / 'app-1'}"]


def test_a_host_without_a_journal_is_refused_with_those_that_have_one(world: World) -> None:
    with pytest.raises(ValueError, match=r"no journal of app-3 is kept here; there are: mon, app-1, app-2"):
        sources(world.settings, ["app-3"])


def test_a_host_that_receives_nothing_has_its_own_journal(tmp_path: Path) -> None:
    settings = tmp_path / "search.json"
    settings.write_text(json.dumps({"here": "mon", "remote": str(tmp_path / "nowhere")}))

    assert sources(settings, []) == {"mon": []}


def test_all_of_several_patterns_must_match() -> None:
    assert pattern_of(["a", "b"]) == ["--grep=(?s)^(?=.*a)(?=.*b)", "--case-sensitive=yes"]
    assert pattern_of([]) == []


def test_a_request_is_looked_for_as_a_whole_word() -> None:
    ((*_, pattern, _),) = selections(arguments(["--request", "r-1"]))

    assert pattern == r"--grep=(?s)^(?=.*(?<![\w-])r\-1(?![\w-]))"


def test_a_level_is_looked_for_in_the_journals_priority_and_in_messages_in_json() -> None:
    by_priority, by_message = selections(arguments(["--level", "err", "--unit", "nginx", "--since=-1h"]))

    assert by_priority == ["--unit=nginx", "--since=-1h", "--priority=3"]
    assert by_message[:2] == ["--unit=nginx", "--since=-1h"]
    assert "error|" in by_message[2]
    assert "warning" not in by_message[2]


def test_lines_of_all_hosts_come_oldest_first_and_the_last_are_kept(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.answer(app_1={"entries": [entry(5, "e"), entry(1, "a")]}, app_2={"entries": [entry(4, "d"), entry(2, "b")]})

    assert [line["message"] for line in world.search(capsys)] == ["a", "b", "d", "e"]
    last = world.search(capsys, "--lines", "2")
    assert [(line["host"], line["message"]) for line in last] == [("app-2", "d"), ("app-1", "e")]


def test_what_both_questions_for_a_level_find_is_shown_once_and_the_rest_is_left_out(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [entry(3, '{"level": "ERROR"}', 3), entry(2, '{"level": "INFO", "text": "\\"level\\": \\"ERROR\\""}')]
    world.answer(app_1={"entries": found})

    assert [line["level"] for line in world.search(capsys, "--level", "error")] == ["error"]


def test_only_the_journals_of_a_wanted_host_are_read(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.answer()

    world.search(capsys, "--host", "app-2")

    assert [name for name, _ in world.asked()] == ["app-2"]


@pytest.mark.parametrize(
    "answer",
    [{"code": 1}, {"code": 1, "said": "Failed to add filter for units: No data available\n"}],
    ids=["nothing matches", "no unit matches"],
)
def test_where_nothing_is_found_nothing_is_wrong(
    world: World, capsys: pytest.CaptureFixture[str], answer: dict[str, Any]
) -> None:
    world.answer(app_1=answer, app_2={"entries": [entry(1, "a")]})

    assert [line["message"] for line in world.search(capsys)] == ["a"]


def test_what_journalctl_refuses_is_said_in_its_words(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.answer(app_1={"code": 1, "said": "Failed to parse timestamp: soon\n"})

    assert program.main(["--settings", str(world.settings), "--since", "soon"]) == 1
    assert capsys.readouterr().err == "Failed to parse timestamp: soon\n"


def test_a_level_that_is_none_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--level", "loud"])

    assert "loud is no level; there are: emergency, alert" in capsys.readouterr().err

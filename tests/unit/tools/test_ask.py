"""What hosts answered is kept apart from who couldn't be asked."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tools import ask
from tools.ask import AskError, arguments_of, parse

if TYPE_CHECKING:
    from collections.abc import Callable


def printed(*tasks: dict[str, dict[str, Any]]) -> str:
    """Return what the JSON callback prints for the results by host of each task."""
    told = [{"task": {"name": f"Task {number}"}, "hosts": hosts} for number, hosts in enumerate(tasks)]
    return json.dumps({"plays": [{"tasks": told}], "stats": {}})


def test_results_are_found_by_what_they_tell() -> None:
    answers = parse(printed({"app-1": {"entries": [1]}}, {"mon": {"json": {}}}))

    assert answers.of("entries") == {"app-1": [{"entries": [1]}]}
    assert list(answers.of("json")) == ["mon"]
    assert answers.lost == {}


def test_the_turns_of_a_loop_are_told_one_by_one() -> None:
    answers = parse(printed({"app-1": {"results": [{"item": "a", "slots": 1}, {"item": "b", "slots": 2}]}}))

    assert [one["item"] for one in answers.of("slots")["app-1"]] == ["a", "b"]


def test_a_host_that_does_not_answer_is_named_and_the_others_are_kept() -> None:
    answers = parse(printed({"app-1": {"slots": 1}, "app-2": {"unreachable": True, "msg": "Failed to connect\nmore"}}))

    assert list(answers.of("slots")) == ["app-1"]
    assert answers.lost == {"app-2": "unreachable: Failed to connect"}


def test_a_task_that_failed_is_named_with_its_reason() -> None:
    failed = {"failed": True, "msg": "One or more items failed", "results": [{"failed": True, "msg": "no such folder"}]}

    away = {"unreachable": True, "msg": "All items completed", "results": [{"unreachable": True, "msg": "no route"}]}

    assert parse(printed({"app-3": away})).lost == {"app-3": "unreachable: no route"}
    assert parse(printed({"app-1": failed, "app-2": {"failed": True}})).lost == {
        "app-1": "Task 0 failed: no such folder",
        "app-2": "Task 0 failed: no reason was given",
    }


def test_a_task_that_was_skipped_is_no_answer() -> None:
    assert parse(printed({"app-1": {"skipped": True, "slots": 1}})).of("slots") == {}


def test_what_a_plugin_printed_before_the_answers_is_passed_over() -> None:
    assert parse("a word before\n" + printed({"app-1": {"slots": 1}})).of("slots")


@pytest.fixture
def ansible(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Stand in for ansible-playbook; return its calls."""

    def stand_in(stdout: str, stderr: str = "") -> list[Any]:
        calls: list[Any] = []

        def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
            calls.append((command, options))
            return subprocess.CompletedProcess(command, 2, stdout, stderr)

        monkeypatch.setattr(subprocess, "run", run)
        return calls

    return stand_in


def test_a_playbook_is_run_against_the_inventory_with_what_is_passed_on(ansible: Callable[..., list[Any]]) -> None:
    calls = ansible(printed({"app-1": {"slots": 1}}))
    ask.ask("status.yml", "inventories/staging", ["-e", "a=b"])

    command, options = calls[0]
    assert command[1:] == ["-i", "inventories/staging", "playbooks/status.yml", "-e", "a=b"]
    assert options["env"]["ANSIBLE_STDOUT_CALLBACK"] == "ansible.posix.json"


def test_a_playbook_that_cannot_be_run_says_what_ansible_said(ansible: Callable[..., list[Any]]) -> None:
    ansible("", "ERROR! the inventory can't be read")

    with pytest.raises(AskError, match="the inventory can't be read\nansible-playbook printed nothing"):
        ask.ask("status.yml", "inventories/none")


def test_a_command_line_names_inventory_entries_and_the_rest() -> None:
    assert arguments_of("", ["-i", "inventories/staging", "-n", "3", "-e", "app_name=guestbook"], "x") == (
        "inventories/staging",
        3,
        ["-e", "app_name=guestbook"],
    )
    assert arguments_of("", [], "x") == ("inventories/local", None, [])

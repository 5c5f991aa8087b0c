"""What the control node says about itself when it asks for the lock."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from plugins.action import release_lock
from plugins.action.release_lock import ActionModule, alive, commit_of, process_of, start_of

if TYPE_CHECKING:
    from pathlib import Path

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="tells processes apart by /proc")


class OnAHost(ActionModule):
    """The plugin of a task; in place of the host stands a record of what it would be asked."""

    def __init__(self, arguments: dict[str, Any], answer: dict[str, Any], basedir: Path) -> None:
        """Take the task's arguments and the host's answer."""
        self._task = types.SimpleNamespace(args=arguments)
        self._loader = types.SimpleNamespace(get_basedir=lambda: str(basedir))
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def _execute_module(self, module_name: str, module_args: dict[str, Any], **_: object) -> dict[str, Any]:
        self.asked = {"module": module_name, **module_args}
        return self.answer


@pytest.fixture(autouse=True)
def no_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible's own part, which wants a connection, is left out."""
    monkeypatch.setattr(ActionModule.__base__, "run", lambda *_: {})


@needs_proc
def test_the_host_is_told_who_asks_from_which_node_and_what_runs_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_BY", "ann")
    plugin = OnAHost({"app": "mailroom", "token": "t"}, {"taken": True}, tmp_path)
    plugin.run()

    control = plugin.asked["control"]
    assert (plugin.asked["module"], plugin.asked["app"]) == ("release_lock", "mailroom")
    assert (control["owner"], control["node"]) == ("ann", socket.gethostname())
    # The plugin runs in a child of ansible-playbook, and the lock is the parent's.
    assert control["process"] == process_of(os.getppid())
    assert control["process"].partition(":")[2] in control["alive"]


def test_the_play_gets_back_who_asked_and_the_commit_it_runs_from(tmp_path: Path) -> None:
    result = OnAHost({"state": "taken"}, {"taken": True, "changed": True}, tmp_path).run()

    assert result["changed"]
    assert set(result["control"]) == {"owner", "node", "process", "commit"}
    assert result["control"]["commit"] == ""


def test_a_refusal_is_passed_on_as_it_is(tmp_path: Path) -> None:
    refusal = {"failed": True, "held": True, "msg": "the lock is held"}

    assert OnAHost({}, refusal, tmp_path).run() == refusal


def test_renewing_asks_git_nothing(tmp_path: Path) -> None:
    assert "control" not in OnAHost({"state": "renewed"}, {"taken": True}, tmp_path).run()


@needs_proc
def test_a_process_that_runs_is_alive_and_one_that_ended_is_not() -> None:
    with subprocess.Popen(["sleep", "30"]) as child:
        before = f"{child.pid}:{start_of(child.pid)}"
        assert before in alive()
        child.kill()

    assert before not in alive()


@needs_proc
def test_a_process_that_was_killed_and_not_yet_waited_for_is_dead() -> None:
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert start_of(child.pid) is None


def test_without_a_proc_nothing_is_claimed_about_processes(tmp_path: Path) -> None:
    assert (process_of(os.getpid(), tmp_path), alive(tmp_path / "none")) == ("", [])


def test_a_program_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    fields = " ".join(["S", *(str(number) for number in range(4, 30))])
    (tmp_path / "7/stat").write_text(f"7 (a) b) {fields}", encoding="utf-8")

    assert alive(tmp_path) == ["7:22"]


def test_a_commit_with_changes_on_top_is_dirty(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    (tmp_path / "file").write_text("one", encoding="utf-8")
    subprocess.run([*git, "add", "file"], check=True)
    assert commit_of(str(tmp_path)).endswith("-dirty")

    subprocess.run([*git, "commit", "-q", "-m", "two"], check=True, capture_output=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert commit_of(str(tmp_path)) == head


@pytest.mark.parametrize(
    ("said", "by"), [({"SLIPWAY_BY": "ann", "SUDO_USER": "bob"}, "ann"), ({"SUDO_USER": "bob"}, "bob")]
)
def test_who_asks_is_who_ci_names_or_who_used_sudo(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], by: str
) -> None:
    for name in ("SLIPWAY_BY", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)

    assert release_lock.owner() == by

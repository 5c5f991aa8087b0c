"""A host that was held back since its boot takes requests again once its lanes are right."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import hold
from ansible.module_utils.release_lock import StateFolder
from ansible.module_utils.slots import SlotError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    """A host that is held."""
    (tmp_path / "held").touch()
    found = StateFolder(tmp_path / "mailroom")
    found.make()
    return found


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what systemd is told."""
    told: list[str] = []

    def systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
        told.append(" ".join(arguments))
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(hold, "systemctl", systemctl)
    return told


def begin(tmp_path: Path, app: str, kind: str) -> None:
    """Leave unfinished work of an application."""
    (tmp_path / app).mkdir(exist_ok=True)
    (tmp_path / app / "work.json").write_text(json.dumps({"kind": kind}), encoding="utf-8")


def test_nginx_is_started(folder: StateFolder, commands: list[str], tmp_path: Path) -> None:
    assert hold.lift_hold(folder)
    assert commands == ["start nginx.service"]
    assert not (tmp_path / "held").exists()


def test_a_host_that_is_not_held_is_left_alone(folder: StateFolder, commands: list[str], tmp_path: Path) -> None:
    (tmp_path / "held").unlink()

    assert not hold.lift_hold(folder)
    assert commands == []


def test_its_own_work_holds_nothing(folder: StateFolder, commands: list[str], tmp_path: Path) -> None:
    begin(tmp_path, "mailroom", "release")

    assert hold.lift_hold(folder)
    assert commands == ["start nginx.service"]


def test_another_applications_unfinished_release_keeps_the_hold(
    folder: StateFolder, commands: list[str], tmp_path: Path
) -> None:
    begin(tmp_path, "guestbook", "release")

    assert not hold.lift_hold(folder)
    assert commands == []
    assert (tmp_path / "held").exists()


def test_another_applications_split_keeps_nothing(folder: StateFolder, commands: list[str], tmp_path: Path) -> None:
    begin(tmp_path, "guestbook", "split")

    assert hold.lift_hold(folder)
    assert commands == ["start nginx.service"]


def test_nginx_that_does_not_start_is_told(folder: StateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess((), 1, "", "Job failed.")
    monkeypatch.setattr(hold, "systemctl", lambda *_: failed)

    with pytest.raises(SlotError, match=r"held back since the host booted, doesn't start: Job failed\."):
        hold.lift_hold(folder)

"""A host that was held back since its boot takes requests again once its lanes are right."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import hold
from ansible.module_utils.release_lock import StateFolder
from ansible.module_utils.slots import SlotError

from tests.unit.library.http_slot import HttpSlot, answering
from tests.unit.library.units import BLUE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.library.conftest import Outcome, Places
    from tests.unit.library.units import Units


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


@pytest.fixture
def get_ready(
    bring: Callable[..., Outcome], places: Places, units: Units, folder: StateFolder
) -> Callable[..., Outcome]:
    """Bring a slot that answers with a status to `ready`."""
    places.put("blue", "1.4.0")
    units.states[BLUE] = "active"

    def run(status: int, **how: bool) -> Outcome:
        with HttpSlot(places.socket("blue"), answering(status, "said")):
            return bring("blue", "ready", folder=str(folder.path), timeout=1, **how)

    return run


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


@pytest.mark.parametrize(
    ("status", "how", "lifted"),
    [
        (200, {"serve": True}, True),
        (200, {"serve": False}, False),
        (200, {"serve": True, "check": True}, False),
        (503, {"serve": True}, False),
    ],
)
def test_a_slot_lifts_the_hold_only_when_it_is_ready_and_may_serve(
    get_ready: Callable[..., Outcome], commands: list[str], status: int, how: dict[str, bool], *, lifted: bool
) -> None:
    outcome = get_ready(status, **how)

    assert outcome.failed == (status != 200)
    assert outcome.failed or outcome.changed == lifted
    assert commands == (["start nginx.service"] if lifted else [])

"""units_running: what is enabled and started, and what is left alone. systemd itself is the only double."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.testing import patch_module_args

from library import units_running

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Systemd:
    """What systemctl says of units, and what it was told to do."""

    enabled: set[str] = field(default_factory=set)
    active: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    told: list[tuple[str, ...]] = field(default_factory=list)

    def answer(self, verb: str, *names: str) -> subprocess.CompletedProcess[str]:
        """Answer as systemctl does: a line a unit for the questions, an error for a unit that can't start."""
        if verb in {"is-enabled", "is-active"}:
            good, bad, known = (
                ("enabled", "disabled", self.enabled) if verb == "is-enabled" else ("active", "inactive", self.active)
            )
            lines = "".join(f"{good if name in known else bad}\n" for name in names)
            return subprocess.CompletedProcess([], 0, lines, "")
        self.told.append((verb, *names))
        failed = bool(self.broken & set(names))
        return subprocess.CompletedProcess([], int(failed), "", "Job failed.\n" if failed else "")


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Systemd:
    double = Systemd()
    monkeypatch.setattr(units_running, "systemctl", double.answer)
    return double


@pytest.fixture
def task(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Run the module as a task; return what it said."""

    def run(**arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        with patch_module_args(arguments), pytest.raises(SystemExit):
            units_running.main()
        return dict(json.loads(capsys.readouterr().out))

    return run


def test_units_that_run_and_are_enabled_are_left_alone(systemd: Systemd, task: Callable[..., dict[str, Any]]) -> None:
    systemd.enabled, systemd.active = {"a.service"}, {"a.service"}
    assert task(names=["a.service"])["changed"] is False
    assert systemd.told == []


def test_only_what_is_missing_is_done(systemd: Systemd, task: Callable[..., dict[str, Any]]) -> None:
    systemd.enabled, systemd.active = {"a.service"}, {"b.timer"}
    said = task(names=["a.service", "b.timer"])
    assert (said["changed"], said["enabled"], said["started"]) == (True, ["b.timer"], ["a.service"])
    assert systemd.told == [("enable", "--quiet", "b.timer"), ("start", "a.service")]


def test_check_mode_only_says_it(systemd: Systemd, task: Callable[..., dict[str, Any]]) -> None:
    said = task(names=["a.service"], daemon_reload=True, _ansible_check_mode=True)
    assert (said["changed"], said["started"]) == (True, ["a.service"])
    assert systemd.told == []


def test_a_unit_that_cannot_run_here_is_only_enabled(systemd: Systemd, task: Callable[..., dict[str, Any]]) -> None:
    task(names=["clock.service"], only_enabled=["clock.service"])
    assert systemd.told == [("enable", "--quiet", "clock.service")]


def test_units_are_read_anew_first_where_that_is_asked(systemd: Systemd, task: Callable[..., dict[str, Any]]) -> None:
    task(names=["a.socket"], daemon_reload=True)
    assert systemd.told[0] == ("daemon-reload",)


def test_a_unit_that_does_not_start_fails_with_what_systemd_said(
    systemd: Systemd, task: Callable[..., dict[str, Any]]
) -> None:
    systemd.broken = {"a.service"}
    said = task(names=["a.service"])
    assert said["failed"] is True
    assert "a.service` failed: Job failed." in said["msg"]

"""The control process is killed after each task of a release: the site serves on, and the next command puts it right.

The tasks are found by walking a release that works. A task that runs on the control node alone leaves the hosts as the
one before it did. The suite kills after every twelfth of those that run on hosts, other ones in each commit
(tests/turns.py); SLIPWAY_EVERY_TASK=1 kills after all, which takes more than an hour, and 1/3, 2/3 and 3/3
after a third of all each.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.open_loop import OpenLoop
from tests.load.table import table
from tests.playing import Played
from tests.release.quick import UNHURRIED
from tests.turns import in_turn

pytestmark = pytest.mark.timeout(5400)

KILLER = {"ANSIBLE_CALLBACK_PLUGINS": "tests/plugins/callback", "ANSIBLE_CALLBACKS_ENABLED": "kill_after"}
# A canary step with its gate, and the bake, as short as they can be: there is a task of each kind.
SHORT = (
    "-e",
    '{"app_release_steps": [1, 20], "app_step_seconds": 1, "app_bake_seconds": 1, ' + UNHURRIED + "}",
    "-e",
    "app_probe_rate=20",
)
EVERY_TASK = os.environ.get("SLIPWAY_EVERY_TASK", "")


@dataclass(frozen=True)
class Task:
    """A task of the release as it was walked."""

    number: int
    on_hosts: bool
    name: str


@dataclass(frozen=True)
class Site:
    """The fleet, and two versions to release on it.

    Attributes:
        fleet: the hosts.
        artifacts: the folder of the artifacts.
        versions: two of them, staged on all app hosts.
    """

    fleet: Fleet
    artifacts: Path
    versions: tuple[str, str]

    def release(self, version: str, **env: str) -> Played:
        """Release a version, quickly."""
        return self.fleet.release(version, self.artifacts, *SHORT, env=env)

    def live(self) -> set[str | None]:
        """Return the versions that are live on any app host."""
        return set(self.fleet.versions().values())

    def left_over(self) -> list[str]:
        """Return the app hosts where a lock or unfinished work is left."""
        state = {host: self.fleet.run(host, "ls /var/lib/slipway/mailroom") for host in self.fleet.of_group("app")}
        return [host for host, files in state.items() if "lock.json" in files or "work.json" in files]


@pytest.fixture(scope="module")
def site(fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Site:
    """Return the fleet with both versions staged."""
    made = Site(fleet, artifacts, versions)
    for version in versions:
        released = made.release(version)
        assert released.code == 0, released.output[-6000:]
    return made


@pytest.fixture(scope="module")
def tasks(site: Site, tmp_path_factory: pytest.TempPathFactory) -> list[Task]:
    """Return the tasks of a release of a staged version, in their order."""
    walked = tmp_path_factory.mktemp("tasks") / "tasks"
    released = site.release(site.versions[0], **KILLER, SLIPWAY_TASKS=str(walked))
    assert released.code == 0, released.output[-6000:]
    lines = [line.split("\t", 2) for line in walked.read_text(encoding="utf-8").splitlines()]
    return [Task(int(number), kind == "hosts", name) for number, kind, name in lines]


def chosen_of(tasks: list[Task]) -> list[Task]:
    """Return the tasks after which this run kills."""
    if not EVERY_TASK:
        return in_turn([task for task in tasks if task.on_hosts], 12)
    part, _, parts = EVERY_TASK.partition("/")
    return tasks[int(part) - 1 :: int(parts or 1)]


def repair(site: Site, turn: int, new: str, old: str) -> tuple[str, Played, set[str | None]]:
    """Do one of what may come after a killed release; return its name, how it went, and what may be live after it."""
    match turn % 3:
        case 0:
            return "make release, the same", site.release(new), {new}
        case 1:
            return "make rollback", site.fleet.rollback(), {new, old}
        case _:
            return "make release, another", site.release(old), {old}


def test_after_a_kill_at_any_task_the_site_serves_and_the_next_command_repairs(
    site: Site, tasks: list[Task], fleet_load: Callable[[float], OpenLoop], figures: Figures
) -> None:
    chosen = chosen_of(tasks)
    with fleet_load(3600) as load:
        for turn, task in enumerate(chosen):
            (old,) = site.live()
            new = next(version for version in site.versions if version != old)
            killed = site.release(new, **KILLER, SLIPWAY_KILL_AFTER=str(task.number))
            where = f"killed after task {task.number}, {task.name}"
            assert killed.code == -signal.SIGKILL, f"{where}\n{killed.output[-4000:]}"
            name, repaired, wanted = repair(site, turn, new, str(old))
            assert repaired.code == 0, f"{where}, {name}\n{repaired.output[-8000:]}"
            live = site.live()
            assert len(live) == 1, f"{where}, {name}: {site.fleet.versions()}"
            assert live <= wanted, f"{where}, {name}: {live}"
            assert not site.left_over(), f"{where}, {name}"
        report = load.report()
    lost = f"{report.total.failed} of {report.total.sent}"
    share = f"{len(chosen)} of {len(tasks)} tasks"
    figures.say(f"killed after each of {share} of a release: failed of sent", lost, "0")
    assert report.clean, table(report)

"""Releases that go wrong on the fleet, under a load: how they are made and begun."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fleet import Fleet
from tests.playing import Playing
from tests.release.migrations import NEXT, add_migration
from tests.release.mix import load_on, pages, reads, shows, writes
from tests.release.trial import Trial, read_moves
from tools.up import ROOT

FAULTS = ROOT / "tests" / "release" / "faults.py"
MIGRATION = f"{NEXT:04}_adds_what_nobody_has.sql"
RATE = 60.0  # requests a second beside the probe's 20; a quarter of them meets the canary
# A canary of a quarter, so that it is seen what few lanes do, and as short a bake as the gate's figures allow.
SHORT: dict[str, Any] = {
    "app_release_steps": [5, 20],
    "app_step_seconds": 12,
    "app_bake_seconds": 20,
    "app_start_timeout": 30,
}
NOTES_LANES = {"ANSIBLE_CALLBACK_PLUGINS": "tests/plugins/callback", "ANSIBLE_CALLBACKS_ENABLED": "lane_times"}
# A host that is gone is given up after one attempt of each task, where ansible.cfg has three.
GIVES_UP = {"ANSIBLE_TIMEOUT": "5", "ANSIBLE_SSH_RETRIES": "0"}

During = Callable[[Playing], None]


def with_faults(source: Path) -> None:
    """Put faults.py into a copy of Mailroom's source, and have web service and worker call it."""
    package = source / "src" / "mailroom"
    shutil.copy(FAULTS, package / "faults.py")
    for module, call in (("wsgi.py", "break_web(app)"), ("delivery/run.py", "break_worker()")):
        with (package / module).open("a", encoding="utf-8") as file:
            file.write(f"\nfrom mailroom.faults import {call.partition('(')[0]}\n\n{call}\n")


def with_a_migration(source: Path) -> None:
    """Add a migration that needs a lock on a table in use, and then fails."""
    with_faults(source)
    statements = "ALTER TABLE messages ADD COLUMN mood text;\nALTER TABLE no_such_table ADD COLUMN mood text;"
    assert add_migration(source, NEXT, "adds_what_nobody_has", statements) == MIGRATION


@dataclass(frozen=True)
class Site:
    """The fleet, and what is released on it.

    Attributes:
        fleet: the hosts.
        artifacts: the folder of the artifacts.
        pair: two versions of the same bytes; the one that isn't live is released, with a fault or without.
        migrating: a version whose migration fails.
        unstaged: a sound version that no host has.
    """

    fleet: Fleet
    artifacts: Path
    pair: tuple[str, str]
    migrating: str
    unstaged: str

    def live(self) -> str:
        """Return the version that is live on all hosts."""
        (version,) = set(self.fleet.versions().values())
        return str(version)

    def settle(self) -> tuple[str, str]:
        """Return the sound version that is live everywhere, having seen to it, and the idle slot."""
        for host in self.fleet.addresses:
            self.fleet.mend_network(host)
        live, idle = self._live_and_idle()
        if live not in self.pair or self.left_over():
            played = self.fleet.release(
                self.pair[0], self.artifacts, "-e", "release_fast=true", "-e", json.dumps(SHORT)
            )
            assert played.code == 0, played.output[-6000:]
            live, idle = self._live_and_idle()
        return live, idle

    def _live_and_idle(self) -> tuple[str, str]:
        """Return the version and the idle slot that all app hosts have in common; "" where they haven't."""
        found = self.fleet.slots().values()
        live = {str(slots["slots"][slots["live"]]["release"]) if slots["live"] else "" for slots in found}
        idle = {str(slots["idle"]) for slots in found}
        return (live.pop(), idle.pop()) if (len(live), len(idle)) == (1, 1) else ("", "")

    def attempt(
        self,
        variables: dict[str, Any] | None = None,
        *,
        version: str = "",
        fault: str = "",
        during: During | None = None,
    ) -> Trial:
        """Release a version under load.

        Args:
            variables: more of them than SHORT.
            version: what is released; unless given, the one of the pair that isn't live.
            fault: what is wrong with it, of those that faults.py knows.
            during: what happens while the release runs.
        """
        old, slot = self.settle()
        new = version or next(one for one in self.pair if one != old)
        extra = {"mailroom_extra_environment": {"MAILROOM_FAULT": fault}} if fault else {}
        notes = Path(tempfile.mkstemp(suffix=".lanes", dir=self.fleet.state)[1])
        # A lost write is felt, since the edge asks another host again only for reads.
        mix = (reads(), writes(self.fleet.key, weight=2), shows(self.fleet.key), pages())
        with load_on(self.fleet.url, self.fleet.certificate, mix, 900, rate=RATE) as load:
            playing = self.fleet.start_play(
                "release.yml",
                *("-e", f"release_version={new}", "-e", f"app_artifacts_dir={self.artifacts}"),
                *("-e", json.dumps(SHORT | extra | (variables or {}))),
                env=NOTES_LANES | GIVES_UP | {"SLIPWAY_LANES": str(notes)},
            )
            try:
                if during is not None:
                    during(playing)
                played = playing.wait()
            finally:
                if playing.poll() is None:
                    playing.kill()
            time.sleep(1)
            report = load.report()
        return Trial(old, new, slot, played, report, read_moves(notes, slot))

    def left_over(self) -> list[str]:
        """Return the app hosts where a lock or unfinished work is left."""
        state = {host: self.fleet.run(host, "ls /var/lib/slipway/mailroom") for host in self.fleet.of_group("app")}
        return [host for host, files in state.items() if "lock.json" in files or "work.json" in files]

    def written_down(self, version: str, hosts: str = "app") -> dict[str, dict[str, Any]]:
        """Return the newest entry about the release of a version in the ledgers of a host or a group, by host."""
        told = self.fleet.module("ledger", hosts, app="mailroom", state="read", limit=20)
        return {
            host: next(one for one in said["entries"] if (one["kind"], one["version"]) == ("release", version))
            for host, said in told.items()
        }

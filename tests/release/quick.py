"""The fleet, released to in small steps: what tests share that look at what a release leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fleet import Fleet
from tests.playing import Played, Playing

STATE = "/var/lib/slipway/mailroom"
# A gate that is content with the few requests of the first seconds. How slow a cold process is beside all that runs on
# this machine is nothing to these tests, and what the gate finds out is for others.
UNHURRIED = '"app_gate": {"warm_up": 0, "p95_times": 20, "p95_requests": 20, "requests": 5, "every": 1}'
# All lanes in one step, and a bake as short as it can be.
SHORT = (
    "-e",
    '{"app_release_steps": [20], "app_step_seconds": 1, "app_bake_seconds": 1, ' + UNHURRIED + "}",
    "-e",
    "app_probe_rate=20",
)
# The gate after a first lane watches for as long as a test needs, and looks at hosts and lock every few seconds.
LONG_STEP = ("-e", '{"app_release_steps": [1, 20], "app_step_seconds": 300, "app_watch_slice": 4}')
WATCHING = "Ask Prometheus whether the release may go on, with lanes of 20: 1"

Entry = dict[str, Any]


def words(text: str) -> str:
    """Return a text without its line breaks, since Ansible folds long messages."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Quick:
    """The fleet, and two versions that differ in nothing but their number.

    Attributes:
        fleet: the hosts; one version is live on all app hosts.
        artifacts: the folder of the artifacts.
        versions: the two.
    """

    fleet: Fleet
    artifacts: Path
    versions: tuple[str, str]

    @property
    def hosts(self) -> list[str]:
        """The app hosts."""
        return self.fleet.of_group("app")

    def settle(self) -> None:
        """Have one version live on all app hosts: what is live, or else the first of the two."""
        live = set(self.fleet.versions().values())
        if len(live) > 1 or None in live:
            self.released(self.versions[0])

    def live(self) -> str:
        """Return the version that is live on every app host."""
        (version,) = set(self.fleet.versions().values())
        assert version
        return version

    def next(self) -> str:
        """Return one of the two versions that isn't live."""
        live = self.live()
        return next(version for version in self.versions if version != live)

    def release(self, version: str, *arguments: str, env: Mapping[str, str] | None = None) -> Played:
        """Release a version in small steps, whatever comes of it."""
        return self.fleet.release(version, self.artifacts, *SHORT, *arguments, env=env)

    def released(self, version: str, *arguments: str) -> Played:
        """Release a version in small steps, which must work."""
        played = self.release(version, *arguments)
        assert played.code == 0, played.output[-6000:]
        return played

    def rolled_back(self, *arguments: str) -> Played:
        """Roll back, which must work."""
        played = self.fleet.rollback(*arguments)
        assert played.code == 0, played.output[-6000:]
        return played

    def begin(self, version: str, *arguments: str, env: Mapping[str, str] | None = None) -> Playing:
        """Start to release a version, beside the test."""
        where = ("-e", f"release_version={version}", "-e", f"app_artifacts_dir={self.artifacts}")
        return self.fleet.start_play("release.yml", *where, *SHORT, *arguments, env=env)

    def watching(self, version: str, env: Mapping[str, str] | None = None) -> Playing:
        """Start to release a version; return it when it has moved one lane and watches, for minutes."""
        playing = self.begin(version, *LONG_STEP, env=env)
        playing.wait_for(WATCHING)
        return playing

    def note(self, host: str, name: str) -> dict[str, Any] | None:
        """Return what lock.json or work.json says on a host; None where there is none."""
        text = self.fleet.run(host, f"cat {STATE}/{name}.json 2>/dev/null || true")
        return dict(json.loads(text)) if text.strip() else None

    def left_over(self) -> dict[str, list[str]]:
        """Return by app host which of lock and unfinished work are there."""
        found = {host: [name for name in ("lock", "work") if self.note(host, name)] for host in self.hosts}
        return {host: names for host, names in found.items() if names}

    def ledger(self, host: str) -> list[Entry]:
        """Return a host's ledger, oldest first."""
        lines = self.fleet.run(host, f"cat {STATE}/ledger.jsonl").splitlines()
        return [dict(json.loads(line)) for line in lines]

    def last(self) -> Entry:
        """Return the last entry of the ledger, which must be on every app host."""
        entries = [self.ledger(host)[-1] for host in self.hosts]
        assert len({entry["id"] for entry in entries}) == 1, entries
        return entries[0]

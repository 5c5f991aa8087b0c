"""A double of systemd that notes what it was told. That systemd does it is tested on lab hosts."""

from __future__ import annotations

import subprocess

BLUE, GREEN = "mailroom-web@blue.service", "mailroom-web@green.service"
BLUE_WORKER, GREEN_WORKER = "mailroom-worker@blue.service", "mailroom-worker@green.service"


class Units:
    """Stands for systemd: the units' states, and the commands that were given."""

    def __init__(self) -> None:
        """Nothing runs, nothing is enabled, no command fails."""
        self.states: dict[str, str] = {}
        self.enabled: set[str] = set()
        self.commands: list[str] = []
        self.failing = ""

    def systemctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Note the command."""
        command = " ".join(arguments)
        self.commands.append(command)
        failed = bool(self.failing) and command.startswith(self.failing)
        return subprocess.CompletedProcess(arguments, int(failed), "", "Job failed." if failed else "")

    def state(self, unit: str) -> dict[str, str]:
        """Return what `systemctl show` would of one unit."""
        return {"ActiveState": self.states.get(unit, "inactive"), "NRestarts": "0"}

    def all_states(self, *units: str) -> dict[str, dict[str, str]]:
        """Return what `systemctl show` would of several."""
        return {unit: self.state(unit) for unit in units}

    def are_enabled(self, *units: str) -> set[str]:
        """Return what `systemctl is-enabled` would."""
        return self.enabled.intersection(units)

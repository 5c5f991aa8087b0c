"""systemd for the probe's unit, with the real program: `start` runs it as a process, as the unit would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class ProbeUnits:
    """Answers for systemctl. The wish is handed over as systemd hands over a credential."""

    def __init__(self, runtime: Path) -> None:
        """The probe's folders are under `runtime`."""
        self._runtime = runtime
        self.process: subprocess.Popen[bytes] | None = None
        self.told: list[str] = []

    def systemctl(self, verb: str, unit: str) -> subprocess.CompletedProcess[str]:
        """Do what systemd does for `is-active`, `start`, `stop` and `reset-failed`."""
        app = unit.removeprefix("slipway-probe@").removesuffix(".service")
        if verb == "is-active":
            running = self.process is not None and self.process.poll() is None
            return subprocess.CompletedProcess([], 0, "active\n" if running else "inactive\n", "")
        if verb == "reset-failed":
            return subprocess.CompletedProcess([], 0, "", "")
        self.told.append(verb)
        if verb == "start":
            self._start(app)
        elif self.process is not None:
            self.process.terminate()
            self.process.wait(10)
        return subprocess.CompletedProcess([], 0, "", "")

    def kill(self) -> None:
        """End the program as the kernel does when memory runs out."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def _start(self, app: str) -> None:
        folder, credentials = self._runtime / app, self._runtime / "credentials"
        folder.mkdir(exist_ok=True)
        credentials.mkdir(exist_ok=True)
        shutil.copy(self._runtime / f"{app}.wish", credentials / "wish")
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-m", "probe", str(folder)],
            cwd=ROOT / "roles/probe/files",
            env={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)},
        )

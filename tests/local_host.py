"""The lab host of the local environment, as the tests drive it: by the same playbooks and commands as people do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.direct import COMMAND_LIMIT, run_module, run_script
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.playing import Played, Playing
from tools.phases import Phases
from tools.site import Client
from tools.up import INVENTORY, ROOT, addresses, bring_up, send_first_message

# A control node is another machine than its hosts; here they share cores, of which it must take nothing from them.
AT_ITS_LEISURE = ("nice", "-n", "19")
# Alerts look back for up to half an hour, so that what a test before broke fires on in the next.
DESPITE_ALERTS = ("-e", "release_despite_alerts=true")


def wait_for(condition: Callable[[], bool], what: str, limit: float = 60) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: it didn't within the limit (seconds).
    """
    until = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < until, f"{what} didn't come within {limit:.0f} s"
        time.sleep(0.1)


@dataclass
class LocalHost:
    """The host, its lab, and what bringing it up has shown."""

    lab: str
    state: Path
    phases: Phases
    inventory: Path = INVENTORY
    name: str = field(default_factory=lambda: addresses()[0])
    address: str = field(default_factory=lambda: addresses()[1])
    version: str = ""

    def bring_up_once(self) -> None:
        """Do what `make up` does; nothing when it was done."""
        if self.version:
            return
        self.version = bring_up(self.phases, self.state, ("--name", self.lab))
        send_first_message(self.phases, self.state)

    def boot(self) -> None:
        """Boot the host, if it isn't up."""
        self.in_lab("up", "--inventory", str(self.inventory))

    def in_lab(self, verb: str, *arguments: str) -> str:
        """Run a verb of the lab's program; return what it printed."""
        command = [sys.executable, "-m", "tests.lab", verb, "--name", self.lab, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_play(self, playbook: str, *arguments: str) -> Playing:
        """Start a playbook against the local environment; return it as it runs."""
        program = str(Path(sys.executable).parent / "ansible-playbook")
        despite = DESPITE_ALERTS if playbook == "release.yml" else ()
        command = [*AT_ITS_LEISURE, program, "-i", str(self.inventory), f"playbooks/{playbook}", *despite, *arguments]
        environment = os.environ | {"SLIPWAY_STATE": str(self.state), "ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "400"}
        return Playing.start(command, environment, self.state / "logs")

    def play(self, playbook: str, *arguments: str) -> Played:
        """Run a playbook to its end."""
        return self.start_play(playbook, *arguments).wait()

    def release(self, version: str, artifacts: Path, *arguments: str) -> Played:
        """Release a version from a folder of artifacts, as `make release DESPITE_ALERTS=1` does."""
        where = ["-e", f"release_version={version}", "-e", f"app_artifacts_dir={artifacts}"]
        return self.play("release.yml", *where, *arguments)

    def rollback(self) -> Played:
        """Roll back, as `make rollback` does."""
        return self.play("rollback.yml")

    def run(self, command: str) -> str:
        """Run a shell command on the host as root; return what it printed."""
        return run_script(Host(Lab(self.lab), self.name), command)

    def module(self, name: str, **options: str | int) -> dict[str, Any]:
        """Run one of our modules on the host as root; return what it said."""
        return run_module(Host(Lab(self.lab), self.name), name, **options)

    def slots(self) -> dict[str, Any]:
        """Return what the module slots_info says of the host."""
        return self.module("slots_info", app="mailroom")

    @property
    def certificate(self) -> Path:
        """The file of the site's certificate on the control node."""
        return self.state / "tls" / f"{self.name}.crt"

    @property
    def key(self) -> str:
        """The API key. Never print it."""
        return (self.state / "secrets" / "mailroom_api_key").read_text(encoding="utf-8").strip()

    @property
    def url(self) -> str:
        """The site's URL."""
        return f"https://{self.address}"

    def client(self) -> Client:
        """Return a client of the site that has the API key."""
        return Client(self.url, self.certificate, self.key)

    def outside(self) -> Client:
        """Return a client of the simulated AWS."""
        return Client(f"https://{addresses()[2]}:4566", self.state / "ca.crt")

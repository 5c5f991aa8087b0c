"""An edge host, two app hosts behind it and a host for the data, as the tests drive them: by the playbooks of people.

fleet.boot_all(); fleet.converge()                  the fixture `fleet` of tests/release has done this
fleet.release("1.4.0", artifacts, "-e", "x=y")      as `make release` does, with more arguments
playing = fleet.start_play("release.yml", …); playing.wait_for("Point lanes"); playing.kill()
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.cuts import Cuts
from tests.direct import COMMAND_LIMIT, run_module, run_script
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.local_host import AT_ITS_LEISURE, DESPITE_ALERTS
from tests.playing import Played, Playing
from tools.site import Client
from tools.up import ROOT, addresses

FLEET = ROOT / "tests" / "inventories" / "fleet"
PROGRAMS = Path(sys.executable).parent


@dataclass
class Fleet:
    """The hosts of an inventory, by name.

    Attributes:
        lab: the name of the lab that they are in.
        state: the folder of the lab's state.
        inventory: which hosts there are.
        addresses: the address of each host.
    """

    lab: str
    state: Path
    inventory: Path = FLEET
    addresses: dict[str, str] = field(init=False)
    _groups: dict[str, list[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read which hosts there are."""
        listed = yaml.safe_load((self.inventory / "hosts.yml").read_text(encoding="utf-8"))["all"]
        self.addresses = {name: variables["ansible_host"] for name, variables in listed["hosts"].items()}
        self._groups = {name: list(group["hosts"]) for name, group in listed["children"].items()}
        self._cuts = Cuts(self.lab)

    def of_group(self, group: str) -> list[str]:
        """Return the names of a group's hosts."""
        return self._groups[group]

    def start_play(self, playbook: str, *arguments: str, env: Mapping[str, str] | None = None) -> Playing:
        """Start a playbook, or another play file by its path from the checkout; return it as it runs."""
        path = playbook if "/" in playbook else f"playbooks/{playbook}"
        program = [*AT_ITS_LEISURE, str(PROGRAMS / "ansible-playbook"), "-i", str(self.inventory), path]
        command = [*program, *(DESPITE_ALERTS if playbook == "release.yml" else ()), *arguments]
        return Playing.start(command, self._environment(env), self.state / "logs")

    def play(self, playbook: str, *arguments: str, env: Mapping[str, str] | None = None) -> Played:
        """Run a playbook to its end."""
        return self.start_play(playbook, *arguments, env=env).wait()

    def converge(self) -> Played:
        """Converge every host, which must work."""
        played = self.play("site.yml")
        assert played.code == 0, played.output[-6000:]
        return played

    def release(self, version: str, artifacts: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Played:
        """Release a version from a folder of artifacts, as `make release DESPITE_ALERTS=1` does."""
        where = ("-e", f"release_version={version}", "-e", f"app_artifacts_dir={artifacts}")
        return self.play("release.yml", *where, *arguments, env=env)

    def rollback(self, *arguments: str, env: Mapping[str, str] | None = None) -> Played:
        """Roll back, as `make rollback` does."""
        return self.play("rollback.yml", *arguments, env=env)

    def module(self, name: str, hosts: str = "app", **options: str | int) -> dict[str, dict[str, Any]]:
        """Run a module as root on a host or a group's; return what each said, by host. A failure is an error."""
        names = self._groups.get(hosts, [hosts])
        with ThreadPoolExecutor() as beside:
            said = beside.map(lambda host: run_module(Host(Lab(self.lab), host), name, **options), names)
            return dict(zip(names, said, strict=True))

    def slots(self, app: str = "mailroom", hosts: str = "app") -> dict[str, dict[str, Any]]:
        """Return what the module slots_info says of each app host, by host."""
        return self.module("slots_info", hosts, app=app)

    def versions(self, app: str = "mailroom", hosts: str = "app") -> dict[str, str | None]:
        """Return the version that is live on each app host."""
        found = self.slots(app, hosts)
        return {host: own["slots"][own["live"]]["release"] if own["live"] else None for host, own in found.items()}

    def run(self, host: str, command: str, *, check: bool = True) -> str:
        """Run a shell command on a host as root; return what it printed. A failure is an error, but without `check`."""
        return run_script(Host(Lab(self.lab), host), command, check=check)

    def boot_all(self) -> None:
        """Boot the hosts that are off."""
        self._in_lab("up", "--inventory", str(self.inventory))

    def boot(self, host: str) -> None:
        """Boot a host, and wait until it has started all that it wants to; nothing to do when it's up."""
        self._in_lab("up", "--hosts", f"{host}={self.addresses[host]}")

    def power_off(self, host: str) -> None:
        """Cut a host's power."""
        self._in_lab("kill", host)

    def reboot(self, host: str) -> None:
        """Reboot a host through its own init, and wait until it is back."""
        self._in_lab("reboot", host)

    def cut_network(self, host: str, *, everyone: bool = False, seconds: float = 600) -> None:
        """Drop what a host and the control node, or it and everyone, send each other, until mended or time is over."""
        self._cuts.cut(self.addresses[host], everyone=everyone, seconds=seconds)

    def mend_network(self, host: str) -> None:
        """Undo `cut_network`; fine if nothing is cut."""
        self._cuts.mend(self.addresses[host])

    @contextmanager
    def network_cut(self, host: str, *, everyone: bool = False) -> Iterator[None]:
        """Have a host's network cut inside of a block."""
        self.cut_network(host, everyone=everyone)
        try:
            yield
        finally:
            self.mend_network(host)

    def close(self) -> None:
        """Mend what is cut and switch the hosts off."""
        self._cuts.close()
        for host in self.addresses:
            self.power_off(host)

    @property
    def edge(self) -> str:
        """The name of the edge host."""
        return self.of_group("edge")[0]

    @property
    def url(self) -> str:
        """The site's URL."""
        return f"https://{self.addresses[self.edge]}"

    @property
    def certificate(self) -> Path:
        """The file of the site's certificate on the control node."""
        return self.state / "tls" / f"{self.edge}.crt"

    @property
    def key(self) -> str:
        """The API key. Never print it."""
        return (self.state / "secrets" / "mailroom_api_key").read_text(encoding="utf-8").strip()

    def client(self) -> Client:
        """Return a client of the site that has the API key."""
        return Client(self.url, self.certificate, self.key)

    def outside(self) -> Client:
        """Return a client of the simulated AWS."""
        return Client(f"https://{addresses()[2]}:4566", self.state / "ca.crt")

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        told = {"SLIPWAY_STATE": str(self.state), "ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "400"}
        return {**os.environ, **told, **(more or {})}

    def _in_lab(self, verb: str, *arguments: str) -> None:
        """Run a verb of the lab's program."""
        command = [sys.executable, "-m", "tests.lab", verb, "--name", self.lab, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_LIMIT, check=False)
        assert done.returncode == 0, done.stderr

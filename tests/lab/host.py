"""One host of a lab: made, booted, rebooted, ended."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from tests.lab import cgroup, files, root, sshkey, supervisor
from tests.lab.address import subnet_of
from tests.lab.command import inside, need, search_path, tail
from tests.lab.errors import LabError
from tests.lab.naming import Lab
from tests.lab.process import PROC, Identity

_PROPAGATE = Path("/run/systemd/nspawn/propagate")
_REBOOT_SIGNAL = signal.SIGRTMIN + 5  # systemd's: start reboot.target (man 1 systemd)


@dataclass(frozen=True)
class Host:
    """A host by its lab and name; what it is stands in its spec on disk."""

    lab: Lab
    name: str

    @property
    def folder(self) -> Path:
        """Return where its spec and file system are."""
        return self.lab.roots / self.name

    @property
    def log(self) -> Path:
        """Return where its supervisor and console write."""
        return self.lab.state / "log" / f"{self.name}.log"

    def spec(self) -> root.Spec:
        """Return the host's spec; LabError when there is no such host."""
        found = root.load(self.folder)
        if found is None:
            known = ", ".join(host.name for host in every(self.lab)) or "none"
            raise LabError(f"lab {self.lab.name!r} has no host {self.name!r}; its hosts: {known}")
        return found

    def status(self) -> dict[str, Any] | None:
        """Return what its supervisor says, or None when no supervisor lives."""
        data = files.read_json(supervisor.status_path(self.lab, self.name))
        keeper = Identity.load(data["supervisor"]) if data else None
        return data if keeper is not None and keeper.alive() else None

    @property
    def init(self) -> int:
        """Return the pid of its init, as the control node sees it; LabError when it isn't running."""
        status = self.status()
        if status is None:
            raise LabError(f"host {self.name} isn't running; boot it with `up`")
        return _leader(int(status["machine"]["pid"]))

    def create(self, address: IPv4Address, image: Path, authorized_key: str) -> None:
        """Write the spec of a new host, with host keys of its own."""
        subnet = subnet_of(address)
        private, public = sshkey.new(self.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        root.Spec(
            lab=self.lab.name,
            name=self.name,
            address=str(address),
            prefix=subnet.network.prefixlen,
            gateway=str(subnet.gateway),
            bridge=subnet.bridge,
            image=str(image),
            authorized_key=authorized_key,
            host_key=private,
            host_key_public=public,
        ).save(self.folder)

    def boot(self) -> None:
        """Start the host's supervisor; nothing is waited for."""
        cgroup.end(self.lab.cgroup(self.name))
        supervisor.status_path(self.lab, self.name).unlink(missing_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        keeper = [sys.executable, "-m", "tests.lab.supervisor", self.lab.name, self.name, str(self.lab.checkout)]
        argv = ["unshare", "--mount", "--propagation", "slave", *inside(self.lab.namespace, keeper)]
        with self.log.open("a") as log:
            subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.lab.checkout,
                env={**os.environ, "PATH": search_path()},
            )

    def wait(self, seconds: float = 120.0, boots: int = 1) -> float:
        """Wait until a person can log in, and return the seconds since the boot began.

        Raises LabError with the end of the console when the host died, or took too long.
        """
        limit = time.monotonic() + seconds
        seen = False
        while time.monotonic() < limit:
            status = self.status()
            seen = seen or status is not None
            if seen and status is None:
                break
            if status and status["answers"] and status["boots"] >= boots and self._login(limit - time.monotonic()):
                return time.time() - float(status["since"])
            time.sleep(0.05)
        said = tail(self.log.read_text(errors="replace")) if self.log.exists() else ""
        raise LabError(f"host {self.name} didn't come up in {seconds:.0f} s; see {self.log}\n{said}".rstrip())

    def _login(self, seconds: float) -> bool:
        """Whether an SSH login works and systemd has started, within `seconds`, all it wanted to."""
        argv = ssh_command(self, ["systemctl", "is-system-running", "--wait"])
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return False
        return done.stdout.strip() in {"running", "degraded"}

    def reboot(self) -> float:
        """Reboot the host from its own init, as a person would, and return the seconds until it is back."""
        status, init, began = self.status() or {}, self.init, time.monotonic()
        os.kill(init, _REBOOT_SIGNAL)
        self.wait(boots=int(status["boots"]) + 1)
        return time.monotonic() - began

    def kill(self) -> None:
        """Cut the host's power; its disk stays as it is."""
        status = self.status()
        keeper = Identity.load(status["supervisor"]) if status else None
        machine = Identity.load(status["machine"]) if status else None
        if machine is not None and machine.alive():
            # With the init gone, systemd-nspawn tidies up and ends, then its keeper.
            for init in _children(machine.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(init, signal.SIGKILL)
        if keeper is not None and not keeper.wait(5):
            keeper.send(signal.SIGKILL)
            keeper.wait(5)
        cgroup.end(self.lab.cgroup(self.name))
        supervisor.status_path(self.lab, self.name).unlink(missing_ok=True)

    def destroy(self) -> None:
        """End the host and remove all of it."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # systemd-nspawn removes it itself, but for where /run is on disk
            (_PROPAGATE / self.lab.machine(self.name)).rmdir()


def _leader(machine: int) -> int:
    """Return the pid of the init that systemd-nspawn, with pid `machine`, keeps."""
    children = _children(machine)
    if not children:
        raise LabError("the host is between two boots; try again in a second")
    return children[0]


def _children(pid: int) -> list[int]:
    """Return the child processes of a process; none when it ended."""
    try:
        return [int(word) for word in PROC.joinpath(str(pid), "task", str(pid), "children").read_text().split()]
    except OSError:
        return []


def every(lab: Lab) -> list[Host]:
    """Return all hosts of a lab, running or not, by name."""
    return [Host(lab, path.parent.name) for path in sorted(lab.roots.glob("*/host.json"))]


def ssh_command(host: Host, command: list[str]) -> list[str]:
    """Return the command that logs in to a host: the lab's key, host key known beforehand, from the lab's namespace."""
    need("ssh", "nsenter")
    options = {
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": host.lab.state / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "ConnectTimeout": "10",
        "ServerAliveInterval": "5",
        "LogLevel": "ERROR",
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    key = ["-F", "none", "-i", str(host.lab.state / "ssh_key")]
    return inside(host.lab.namespace, ["ssh", *key, *flags, f"admin@{host.spec().address}", *command])

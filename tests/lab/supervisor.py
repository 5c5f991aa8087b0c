"""The process that keeps one host: it boots it, boots it again when it asks to reboot, and ends with it.

It runs in a mount namespace of its own and in the lab's network namespace: `python -m tests.lab.supervisor LAB HOST`.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.lab import cgroup, files, naming, root
from tests.lab.errors import LabError
from tests.lab.naming import Lab
from tests.lab.process import Identity

REBOOT = 133  # what systemd-nspawn exits with when the machine inside asked for a reboot (with --keep-unit)
_SSH = 22
_PROBE = 0.1  # seconds


def status_path(lab: Lab, host: str) -> Path:
    """Return the file in which a supervisor says how its host is."""
    return lab.run / "hosts" / f"{host}.json"


def boot_command(lab: Lab, spec: root.Spec, target: Path) -> list[str]:
    """Return the command that boots a host."""
    return [
        "systemd-nspawn",
        "--quiet",
        "--settings=no",
        "--boot",
        "--register=no",
        "--keep-unit",
        f"--directory={target}",
        f"--machine={lab.machine(spec.name)}",
        f"--hostname={spec.name}",
        f"--network-bridge={spec.bridge}",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=pipe",
        *root.disks(lab.roots / spec.name),
    ]


def _answers(address: str) -> bool:
    """Whether an SSH server greets at the address."""
    try:
        with socket.create_connection((address, _SSH), timeout=_PROBE) as connection:
            connection.settimeout(_PROBE * 10)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _boot_once(lab: Lab, spec: root.Spec, target: Path, boots: int) -> int:
    """Boot the host, say when SSH answers, and return what systemd-nspawn exits with in the end."""
    began = time.time()
    process = subprocess.Popen(
        cgroup.entering(lab.cgroup(spec.name), boot_command(lab, spec, target)),
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
    )
    own, machine = Identity.of(os.getpid()), Identity.of(process.pid)
    status = {
        "supervisor": own.as_dict() if own else None,
        "machine": machine.as_dict() if machine else None,
        "boots": boots,
        "since": began,
        "answers": False,
    }
    files.write_json(status_path(lab, spec.name), status)
    while not _answers(spec.address):
        if process.poll() is not None:
            return process.returncode
        time.sleep(_PROBE / 2)
    files.write_json(status_path(lab, spec.name), status | {"answers": True, "boot_seconds": time.time() - began})
    return process.wait()


def main(lab_name: str, host: str, checkout: str) -> int:
    """Keep the host until it is powered off."""
    lab = Lab(lab_name, Path(checkout))
    folder = lab.roots / host
    spec = root.load(folder)
    if spec is None:
        raise LabError(f"{folder} has no host.json")
    target = root.mount(spec, folder)
    root.prepare(spec, folder, target)
    cgroup.create(lab.cgroup(host))
    boots = 1
    while (code := _boot_once(lab, spec, target, boots)) == REBOOT:
        boots += 1
    cgroup.end(lab.cgroup(host))
    status_path(lab, host).unlink(missing_ok=True)
    return code


if __name__ == "__main__":
    naming.RUN.mkdir(exist_ok=True)
    sys.exit(main(*sys.argv[1:]))

"""The machine of the project's own Vagrantfile, driven by Vagrant's own commands."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab import cgroup, image, root
from tests.lab.address import SUBNETS
from tests.lab.naming import Lab
from tests.playing import Played, Playing
from tools.up import ROOT, addresses

PROVIDER = ROOT / "tests" / "vagrant" / "nspawn.rb"
LIMIT = 2400.0  # seconds; other stages run beside
HOST = "vagrant"  # the machine's name in the lab's own naming
DEVELOPED = 3  # its turn


@dataclass(frozen=True)
class VirtualMachine:
    """The machine, its lab, and the folder of both."""

    lab: Lab
    state: Path

    @property
    def folder(self) -> Path:
        """Where its file system is; the lab removes it too, after a crash."""
        return self.lab.roots / HOST

    @property
    def groups(self) -> list[Path]:
        """Its control groups; the lab ends what is in them too, after a crash."""
        return [hierarchy / self.lab.cgroup(HOST) for hierarchy in cgroup.hierarchies()]

    @property
    def certificate(self) -> Path:
        """The file of the site's certificate on the control node."""
        return self.state / "tls" / f"{addresses()[0]}.crt"

    def prepare(self) -> dict[str, str]:
        """Write what the provider has to know; return what Vagrant finds in its environment besides."""
        subnet, home = SUBNETS[0], self.state / "vagrant"
        settings = {
            "image": str(image.ensure(image.host_recipe())),
            "folder": str(self.folder),
            "machine": self.lab.machine(HOST),
            "groups": [str(group) for group in self.groups],
            "bridge": subnet.bridge,
            "gateway": str(subnet.gateway),
            "prefix": subnet.network.prefixlen,
            "resolver": root.resolver_configuration(),
        }
        home.mkdir(parents=True)
        (home / "nspawn.json").write_text(json.dumps(settings), encoding="utf-8")
        # Who has NFS would share folders by it, and this provider doesn't know how.
        lines = [f'require "{PROVIDER}"', 'Vagrant.configure("2") { |config| config.nfs.functional = false }']
        (home / "Vagrantfile").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return {
            "SLIPWAY_NSPAWN": str(home / "nspawn.json"),
            "SLIPWAY_DEV": "",
            "VAGRANT_HOME": str(home),
            "VAGRANT_DOTFILE_PATH": str(home / "dot"),
            "VAGRANT_DEFAULT_PROVIDER": "nspawn",
            "VAGRANT_CHECKPOINT_DISABLE": "1",
            "ANSIBLE_FORCE_COLOR": "0",
        }

    def vagrant(self, *words: str, source: Path | None = None) -> Played:
        """Run a command of Vagrant to its end.

        Args:
            words: the command and its arguments.
            source: the folder that SLIPWAY_DEV names.
        """
        environment = os.environ | {"SLIPWAY_DEV": str(source or "")}
        return Playing.start(["vagrant", *words], environment, self.state / "logs").wait(LIMIT)

    def must(self, *words: str, source: Path | None = None) -> Played:
        """Run a command of Vagrant that has to succeed."""
        done = self.vagrant(*words, source=source)
        assert done.code == 0, done.output[-6000:]
        return done

    def ssh(self, command: str) -> str:
        """Run a command as admin, the host's key known beforehand; return what it printed."""
        options = {
            "BatchMode": "yes",
            "GlobalKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": str(self.state / "known_hosts"),
        }
        words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        target = f"admin@{addresses()[1]}"
        done = subprocess.run(
            ["ssh", "-F", "none", "-i", str(self.state / "ssh_key"), *words, target, command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def leftovers(self) -> list[str]:
        """Return what is left of the machine: should be nothing once it's destroyed."""
        places = [self.folder / "root", *self.groups]
        return [str(place) for place in places if place.exists()]

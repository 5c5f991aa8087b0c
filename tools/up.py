"""`make up`: from a blank host to a delivered message, with the time of each phase.

Root on Linux gets a lab host; anybody else a Vagrant VM. Both are converged from inventories/local, unchanged.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from tools.build import build
from tools.phases import PhaseError, Phases, say
from tools.site import Client, SiteError, deliver
from tools.wheels import BuildError

ROOT = Path(__file__).resolve().parent.parent
LAB = "local"
INVENTORY = ROOT / "inventories" / LAB


def addresses() -> tuple[str, str, str]:
    """Return the local host's name and address, and the address of what is outside (the simulated AWS)."""
    hosts = yaml.safe_load((INVENTORY / "hosts.yml").read_text(encoding="utf-8"))["all"]["hosts"]
    name, variables = next(iter(hosts.items()))
    settings = yaml.safe_load((INVENTORY / "group_vars" / "all" / "main.yml").read_text(encoding="utf-8"))
    return name, variables["ansible_host"], settings["slipway_outside_address"]


def in_lab() -> bool:
    """Whether this machine can run the lab itself: root on Linux."""
    return sys.platform == "linux" and os.geteuid() == 0


def bring_up(
    phases: Phases, state: Path, lab: Sequence[str] = ("--name", LAB, "--expose"), *, vagrant: bool | None = None
) -> str:
    """Bring up the host, converge it and release Mailroom on it; return the version that is live.

    Args:
        phases: where the times and the output go.
        state: the folder of the lab's state.
        lab: which lab, as arguments of `tests.lab up`; nothing to Vagrant.
        vagrant: whether the host is Vagrant's; None where this machine decides.
    """
    environment = os.environ | {"SLIPWAY_STATE": str(state), "ANSIBLE_FORCE_COLOR": "0"}
    playbook = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(INVENTORY)]
    with ThreadPoolExecutor(max_workers=1) as beside:
        artifact = beside.submit(build, ROOT / "app", None, ROOT / "dist")
        if in_lab() if vagrant is None else not vagrant:
            with phases.phase("host", "a blank Debian 13 host boots"):
                subprocess.run(
                    [sys.executable, "-m", "tests.lab", "up", "--inventory", str(INVENTORY), *lab], check=True
                )
            converge = [*playbook, "playbooks/site.yml"]
        else:
            # One that is there already is converged too, as the lab's host is; `vagrant up` alone leaves it as it is.
            with phases.phase("host", "Vagrant boots a blank Debian 13 VM"):
                phases.run("host", ["vagrant", "up", "--no-provision"], environment)
            converge = ["vagrant", "provision"]
        with phases.phase("converge", "every role, from the playbook that staging and production use"):
            phases.run("converge", converge, environment)
        with phases.phase("build", "the artifact of Mailroom (it was built beside the converge)"):
            version = artifact.result()[0].name.removeprefix("mailroom-").removesuffix(".tar.gz")
    _, address, _ = addresses()
    site = Client(f"https://{address}", state / "tls" / f"{addresses()[0]}.crt")
    with phases.phase("release", f"Mailroom {version}, blue-green"):
        if site.ask("/health/ready").release == version:
            say(f"    {version} is live already")
        else:
            phases.run("release", [*playbook, "playbooks/release.yml", "-e", f"release_version={version}"], environment)
    return version


def send_first_message(phases: Phases, state: Path) -> None:
    """Send a message through the site and find it in what SES received."""
    name, address, outside = addresses()
    key = (state / "secrets" / "mailroom_api_key").read_text(encoding="utf-8").strip()
    subject = f"Hello from Slipway {uuid.uuid4().hex[:8]}"
    with phases.phase("message", "posted over HTTPS, queued, sent through SES"):
        received = deliver(
            Client(f"https://{address}", state / "tls" / f"{name}.crt", key),
            Client(f"https://{outside}:4566", state / "ca.crt"),
            subject,
            "you@example.org",
        )
        say(f'    SES received "{received["subject"]}" to {", ".join(received["to"])}')


def what_next(state: Path, version: str) -> str:
    """Return where everything is and what to try."""
    name, address, outside = addresses()
    folder = os.path.relpath(state)
    return f"""
Mailroom {version} is live at https://{address}/ (a certificate of its own: {folder}/tls/{name}.crt)

  log in      make ssh
  API key     {folder}/secrets/mailroom_api_key
  Grafana     https://{address}/grafana/  (admin, {folder}/secrets/grafana_admin), where its package could be installed

Try next
  curl --cacert {folder}/tls/{name}.crt https://{address}/health/ready
  curl --cacert {folder}/tls/{name}.crt https://{address}/api/v1/messages \\
    -H "Authorization: Bearer $(cat {folder}/secrets/mailroom_api_key)" -H "Content-Type: application/json" \\
    -d '{{"to": "you@example.org", "subject": "Hello", "text": "It works."}}'
  curl --cacert {folder}/ca.crt https://{outside}:4566/_slipway/ses/messages     what the simulated SES received
  make build VERSION=1.0.1 && make release VERSION=1.0.1     then: make rollback
  make verify                                                check the host, read-only
  make down                                                  remove all of it"""


def main() -> int:
    """Run `make up`."""
    if os.environ.get("SLIPWAY_DEV") and in_lab():
        sys.stderr.write(
            "SLIPWAY_DEV is for the Vagrant machine; root on Linux gets the lab's host, which runs what is released. "
            "To see what you save: make dev\n"
        )
        return 2
    state = Path(os.environ.get("SLIPWAY_STATE") or ROOT / ".slipway" / LAB)
    os.chdir(ROOT)
    phases = Phases(state / "logs")
    started = time.monotonic()
    try:
        version = bring_up(phases, state)
        send_first_message(phases, state)
    except (PhaseError, SiteError, BuildError) as error:
        sys.stderr.write(f"{error}\nRun `make up` again once that is mended; it goes on from what is there.\n")
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    say(f"\nFrom a blank host to a delivered message ({time.monotonic() - started:.0f} s)\n{phases.table()}")
    say(what_next(state, version))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The world outside the hosts, simulated: started and stopped as one process, found again by its identity."""

import os
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path

from tests.lab import authority, files
from tests.lab.address import SUBNETS
from tests.lab.aws import MESSAGES, REGION
from tests.lab.command import inside, need, search_path, tail
from tests.lab.edge import AWS_PORT
from tests.lab.errors import LabError
from tests.lab.naming import Lab
from tests.lab.process import Identity
from tests.lab.progress import step

_IMAGES = Path(__file__).with_name("images.json")  # what moto offers as EC2's images: Debian's alone
_PATIENCE = 30.0  # seconds; moto loads in two


def environment(lab: Lab, address: IPv4Address) -> dict[str, str]:
    """Return the variables that turn any AWS client to the simulated AWS."""
    return {
        "AWS_ENDPOINT_URL": f"https://{address}:{AWS_PORT}",
        "AWS_CA_BUNDLE": str(lab.state / "ca.crt"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def _note(lab: Lab) -> Path:
    """Return the file with the process' identity."""
    return lab.state / "world.json"


def running(lab: Lab) -> Identity | None:
    """Return the process of the simulated world, or None."""
    noted = files.read_json(_note(lab))
    found = Identity.load(noted["process"]) if noted else None
    return found if found is not None and found.alive() else None


def start(lab: Lab, address: IPv4Address, namespace: Path | None = None) -> None:
    """Start the simulated AWS and the sink at an address, and wait until they answer; fine when they run.

    Raises LabError when they don't come up, with the end of their log.
    """
    need("nginx")
    if running(lab) is not None:
        return
    began = time.monotonic()
    lab.state.mkdir(parents=True, exist_ok=True)
    lab.state.chmod(0o700)
    authority.issue(lab.state, [str(address), *(str(subnet.gateway) for subnet in SUBNETS)])
    _write_environment(lab, environment(lab, address))
    log = lab.state / "log/world.log"
    log.parent.mkdir(exist_ok=True)
    argv = [sys.executable, "-m", "tests.lab.outside", str(lab.state), str(address)]
    with log.open("w") as sink:
        process = subprocess.Popen(
            inside(namespace, argv) if namespace else argv,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            cwd=lab.checkout,
            env={**os.environ, "PATH": search_path(), "MOTO_AMIS_PATH": str(_IMAGES)},
        )
    identity = Identity.of(process.pid)
    files.write_json(_note(lab), {"process": identity.as_dict() if identity else None, "address": str(address)})
    _wait(process, lab, log)
    step(f"simulated AWS answers at https://{address}:{AWS_PORT} after {time.monotonic() - began:.1f} s")


def _write_environment(lab: Lab, variables: Mapping[str, str]) -> None:
    """Write the variables as a file that a shell or systemd reads."""
    files.write(lab.state / "aws.env", "".join(f"{key}={value}\n" for key, value in variables.items()), 0o600)


def _wait(process: "subprocess.Popen[bytes]", lab: Lab, log: Path) -> None:
    """Wait until the program says that all of it answers."""
    limit = time.monotonic() + _PATIENCE
    ready = lab.state / "world/ready"
    while not (ready.exists() and ready.read_text() == str(process.pid)):
        if process.poll() is not None or time.monotonic() > limit:
            stop(lab)
            raise LabError(f"the simulated AWS didn't start; see {log}\n{tail(log.read_text())}")
        time.sleep(0.05)


def answers(state: Path, address: str) -> bool:
    """Whether the simulated AWS answers with its content over TLS; called where its address is in reach."""
    context = ssl.create_default_context(cafile=str(state / "ca.crt"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(f"https://{address}:{AWS_PORT}{MESSAGES}", timeout=5) as answer:
            return bool(answer.read().startswith(b"["))
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def stop(lab: Lab) -> bool:
    """Stop the simulated world and return whether it ran."""
    found = running(lab)
    if found is not None:
        found.stop()
    _note(lab).unlink(missing_ok=True)
    shutil.rmtree(lab.state / "world", ignore_errors=True)
    return found is not None

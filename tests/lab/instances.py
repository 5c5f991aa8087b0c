"""The instances of the simulated EC2, as the lab's machines see them; runs in the simulated world's process.

What it knows is written to `instances.json` whenever it changes, and a machine's console is read from a file, so that
the keeper of the machines (tests/lab/ec2.py) needs no way into the network of the lab.
"""

import threading
import time
from pathlib import Path
from typing import Any

from tests.lab import files
from tests.lab.aws import ACCOUNT_ID, REGION

_LOOK = 0.2  # seconds


def listing(state: Path) -> Path:
    """Return the file that tells which instances there are."""
    return state / "world/instances.json"


def console(state: Path, instance: str) -> Path:
    """Return the file with what an instance's machine wrote on its console."""
    return state / "world/console" / instance


def described(region: str = REGION) -> dict[str, dict[str, Any]]:
    """Return what there is to know of EC2, by ids.

    `instances` have name, state, address, public and key (the public one); `volumes`, which are the disks but for those
    that instances boot from, have gb (GiB) and the instance that they are attached to, or "".
    """
    from moto.ec2.models import ec2_backends  # noqa: PLC0415 - moto takes a second to load

    backend = ec2_backends[ACCOUNT_ID][region]
    return {"instances": _instances(backend), "volumes": _volumes(backend)}


def _instances(backend: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 - moto ships no types
    """Return the instances."""
    found = {}
    for instance in backend.all_instances():
        tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
        pair = backend.key_pairs.get(instance.key_name or "")
        found[instance.id] = {
            "name": tags.get("Name", instance.id),
            "state": instance.state,
            "address": instance.private_ip or "",
            "public": instance.public_ip or "",
            "key": pair.public_key.strip() if pair else "",
        }
    return found


def _volumes(backend: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    """Return the volumes."""
    found = {}
    for volume in list(backend.volumes.values()):
        attached = volume.attachment
        if attached is not None and attached.device == attached.instance.root_device_name:
            continue
        found[volume.id] = {"gb": int(volume.size), "instance": attached.instance.id if attached is not None else ""}
    return found


def announce(state: Path) -> None:
    """Write down what EC2 has, from a thread, whenever that changes; and let consoles be read."""
    _teach_console(state)
    threading.Thread(target=_announce, args=(listing(state),), daemon=True).start()


def _announce(path: Path) -> None:
    last: dict[str, dict[str, Any]] | None = None
    while True:
        try:
            now = described()
        except RuntimeError:  # a dictionary changed while it was read
            continue
        if now != last:
            files.write_json(path, now, 0o600)
            last = now
        time.sleep(_LOOK)


def _teach_console(state: Path) -> None:
    """Have GetConsoleOutput tell what the machine wrote, in place of moto's sample of a kernel from 2006."""
    from moto.core.responses import ActionResult  # noqa: PLC0415
    from moto.core.types import Base64EncodedString  # noqa: PLC0415
    from moto.core.utils import utcnow  # noqa: PLC0415
    from moto.ec2.responses.general import General  # noqa: PLC0415

    def get_console_output(self: Any) -> ActionResult:  # noqa: ANN401 - moto ships no types
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        path = console(state, instance.id)
        answer = {"InstanceId": instance.id, "Timestamp": utcnow()}
        if path.exists():
            answer["Output"] = Base64EncodedString.from_raw_string(path.read_text())
        return ActionResult(answer)

    setattr(General, "get_console_output", get_console_output)  # noqa: B010 - mypy forbids the plain form

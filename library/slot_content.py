#!/usr/bin/python
"""Ansible module that puts a release and its configuration into a slot."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.slots import SLOTS, Application, SlotError, release_in, unit_state
from ansible.module_utils.step import STEP_OPTIONS, begin_step

DOCUMENTATION = r"""
module: slot_content
short_description: Put a release and its configuration into a slot
description:
  - A slot holds a release together with the configuration that it was released with, so that a rollback brings back
    both, and a changed secret can't reach a service that runs well.
  - Refuses a slot whose web service runs, and a release that isn't staged.
options:
  app:
    description: The application's name.
    type: str
    required: true
  slot:
    description: The slot.
    type: str
    choices: [blue, green]
    required: true
  release:
    description: The version of a release that is staged on the host.
    type: str
    required: true
  purposes:
    description:
      - For each purpose (C(service), C(migrate)) a dictionary with C(environment) (variables) and C(credentials)
        (secrets, each becomes a file that only root can read, which systemd hands to the service).
    type: dict
    required: true
  root:
    description: Where releases and slots are. C(/srv/<app>) unless given.
    type: path
  configuration:
    description: Where the slots' configuration is. C(/etc/<app>/slots) unless given.
    type: path
  lock:
    description: The token under which the application's lock was taken; the task fails when it's no longer ours.
    type: str
  phase:
    description: The phase of the release that this step belongs to, noted in the host's unfinished work.
    type: str
  folder:
    description: Where lock and unfinished work are. C(/var/lib/slipway/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says whether something would change, writes nothing.
"""

EXAMPLES = r"""
- name: Put release 1.4.0 into the green slot
  slot_content:
    app: mailroom
    slot: green
    release: 1.4.0
    purposes:
      service:
        environment: {MAILROOM_DATABASE_HOST: 10.20.0.12}
        credentials: {database_password: "{{ vault_postgresql_service_password }}"}
"""

RETURN = r"""
changed_files:
  description: The files that were or would be written or taken away, without their content.
  returned: always
  type: list
  elements: str
"""


VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"  # systemd passes over any other, with a warning that nobody reads
CREDENTIAL = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"
FILE_MODE = 0o600


def refuse_name(kind: str, name: str, form: str) -> None:
    """Raise SlotError for a name that systemd wouldn't take."""
    if not re.fullmatch(form, name):
        raise SlotError(f"{kind} is named {name!r}; a name must match {form}")


def quote(name: str, value: str) -> str:
    """Return a variable's value as it stands in a systemd EnvironmentFile (see systemd.exec(5))."""
    if "\n" in value or "\0" in value:
        raise SlotError(f"the variable {name} has a line break or a zero byte in its value; systemd can't pass that on")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return f'"{escaped}"'


def wanted_files(folder: Path, purposes: dict[str, dict[str, Any]]) -> dict[Path, bytes]:
    """Return path and content of each file that the slot's configuration is made of.

    Raises:
        SlotError: a name or a value can't be passed on by systemd.
    """
    files: dict[Path, bytes] = {}
    for purpose, wish in purposes.items():
        lines = []
        for name, value in sorted((wish.get("environment") or {}).items()):
            refuse_name("a variable in app_environment", name, VARIABLE)
            lines.append(f"{name}={quote(name, str(value))}\n")
        files[folder / f"{purpose}.environment"] = "".join(lines).encode()
        for name, value in (wish.get("credentials") or {}).items():
            refuse_name("a secret in app_credentials", name, CREDENTIAL)
            files[folder / f"{purpose}.credentials" / name] = str(value).encode()
    return files


def differing(folder: Path, wanted: dict[Path, bytes]) -> list[Path]:
    """Return the files that are missing, differ in content or mode, or are there and not wanted."""
    there = {path for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    changed = [path for path, content in wanted.items() if path not in there or not holds(path, content)]
    return sorted([*changed, *(there - set(wanted))])


def holds(path: Path, content: bytes) -> bool:
    """Whether a file has this content and is for root only."""
    return not path.is_symlink() and path.stat().st_mode & 0o777 == FILE_MODE and path.read_bytes() == content


def write(path: Path, content: bytes) -> None:
    """Write a file that only root can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
        file.write(content)
    new.rename(path)


def secrets_in(purposes: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the values that must never be told."""
    for wish in purposes.values():
        yield from (str(value) for value in (wish.get("credentials") or {}).values() if str(value))


def put(app: Application, slot: str, release: str) -> None:
    """Point the slot's link at the release, atomically."""
    new = app.slot(f".{slot}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(Path("..") / "releases" / release)
    new.rename(app.slot(slot))


def refuse_unfit(app: Application, slot: str, release: str) -> None:
    """Raise SlotError where the slot is in use or the release isn't there."""
    state = unit_state(app.unit("web", slot)).get("ActiveState")
    if state in ("active", "activating", "reloading", "deactivating"):
        unit = app.unit("web", slot)
        raise SlotError(f"slot {slot} of {app.name} is in use ({unit} is {state}); stop the slot first")
    if not (app.root / "releases" / release / ".complete").is_file():
        raise SlotError(f"release {release} of {app.name} isn't staged on this host; stage it first")


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    app = Application.named(wish["app"], wish["root"])
    folder = Path(wish["configuration"] or f"/etc/{app.name}/slots") / wish["slot"]
    wanted = wanted_files(folder, wish["purposes"])
    changed = differing(folder, wanted)
    link_changes = release_in(app, wish["slot"]) != wish["release"]
    if not module.check_mode and (changed or link_changes):
        refuse_unfit(app, wish["slot"], wish["release"])
        for path in changed:
            if path in wanted:
                write(path, wanted[path])
            else:
                path.unlink()
        put(app, wish["slot"], wish["release"])
    return {"changed": bool(changed or link_changes), "changed_files": [str(path) for path in changed]}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "slot": {"type": "str", "choices": list(SLOTS), "required": True},
            "release": {"type": "str", "required": True},
            "purposes": {"type": "dict", "required": True, "no_log": True},
            "root": {"type": "path"},
            "configuration": {"type": "path"},
            **STEP_OPTIONS,
        },
        supports_check_mode=True,
    )
    # Ansible would blot out the variables' values too, and with "mailroom" among them every path and unit in a message.
    module.no_log_values = set(secrets_in(module.params["purposes"]))
    try:
        begin_step(module.params, check=module.check_mode)
        module.exit_json(**run(module))
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()

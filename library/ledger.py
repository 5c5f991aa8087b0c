#!/usr/bin/python
"""Ansible module that keeps and tells the record of an application's releases and rollbacks."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.ledger import append, built_at, read, write_textfile
from ansible.module_utils.release_lock import StateFolder
from ansible.module_utils.slots import Application, SlotError

DOCUMENTATION = r"""
module: ledger
short_description: Keep and tell the record of an application's releases and rollbacks
description:
  - The ledger is C(/var/lib/slipway/<app>/ledger.jsonl), the same on every app host, so that it survives the loss of
    the control node and of a host. One JSON object a line; lines are only ever appended.
  - Appending also tells Prometheus, by a file that the node exporter reads.
options:
  app:
    description: The application's name.
    type: str
    required: true
  state:
    description: C(appended) adds O(entry), and changes nothing where its id is there already. C(read) tells entries.
    type: str
    choices: [appended, read]
    default: read
  entry:
    description:
      - "C(id) (the same on every host), C(kind) (release, rollback, flip_back, split, contract, promotion, join, lock),
        C(verdict) (succeeded, failed, refused, cut_off), C(started), C(finished) (seconds since the epoch): these
        are needed."
      - "And C(version), C(before), C(by), C(from), C(commit), C(phases) (seconds by name), C(reason), C(fast),
        C(baked), C(sha256), C(built) (the commit's time; from the release where not given), C(probe) (C(sent),
        C(failed), C(slowest_ms)), C(hosts), C(missing), C(broke_lock),
        C(promoted_from): a key that isn't given is kept as empty."
    type: dict
    default: {}
  limit:
    description: How many entries are read at most; 0 for all.
    type: int
    default: 20
  folder:
    description: Where the application's state is. C(/var/lib/slipway/<app>) unless given.
    type: path
  root:
    description: Where the application is. C(/srv/<app>) unless given.
    type: path
  runtime:
    description: Where the slots' sockets are. C(/run/<app>) unless given.
    type: path
  textfiles:
    description: The folder that the node exporter reads. C(/var/lib/prometheus/node-exporter) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says whether the entry would be appended.
"""

EXAMPLES = r"""
- name: Write the release down
  ledger:
    app: mailroom
    state: appended
    entry: {id: "{{ release_token }}", kind: release, verdict: succeeded, version: 1.4.0, started: …, finished: …}
"""

RETURN = r"""
entries:
  description: The entries, newest first.
  returned: when read
  type: list
  elements: dict
torn:
  description: How many lines couldn't be read; a power cut may tear the last one.
  returned: when read
  type: int
"""


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish = module.params
    folder = StateFolder.named(wish["app"], wish["folder"])
    if wish["state"] == "read":
        entries, torn = read(folder, wish["limit"] or None)
        return {"changed": False, "entries": entries, "torn": torn}
    app = Application.named(wish["app"], wish["root"], wish["runtime"])
    entry = dict(wish["entry"])
    if entry.get("built") is None:
        entry["built"] = built_at(app, entry.get("version"))
    changed = append(folder, entry, check=module.check_mode)
    untold = None if module.check_mode else write_textfile(folder, app, wish["textfiles"], anew=True)
    if untold:
        module.warn(untold)
    return {"changed": changed}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["appended", "read"], "default": "read"},
            "entry": {"type": "dict", "default": {}},
            "limit": {"type": "int", "default": 20},
            "folder": {"type": "path"},
            "root": {"type": "path"},
            "runtime": {"type": "path"},
            "textfiles": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module))
    except (SlotError, OSError, ValueError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()

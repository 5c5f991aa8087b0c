#!/usr/bin/python
"""Ansible module that stages a release on a host: unpacked, checked, installed, and marked as complete."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compatibility import read_metadata, refuse_incompatible_jobs, refuse_rollback
from ansible.module_utils.ledger import begin_work
from ansible.module_utils.release_lock import StateFolder, check_and_beat
from ansible.module_utils.slots import Application, SlotError
from ansible.module_utils.staging import Staging

DOCUMENTATION = r"""
module: staged_release
short_description: Stage a release on a host
description:
  - Unpacks an artifact under C(/srv/<app>/releases/<release>), compares every file with its manifest, installs its
    wheels offline and by their hashes into a virtual environment, and marks the release as complete.
  - Does nothing where the release is complete. What an interrupted staging left is cleared away first; what a failed
    one made is cleared away at once, so that a full disk is as empty as it was before.
  - The artifact is kept in the release's folder, so that it can be promoted to another environment from here.
  - Works at the lowest priority, since the release that is live serves on beside it.
options:
  app:
    description: The application's name.
    type: str
    required: true
  release:
    description: The version.
    type: str
    required: true
  artifact:
    description: Where the artifact is on the host. It's moved into the release's folder.
    type: path
    required: true
  sha256:
    description: The artifact's checksum, in hex, as the control node knows it.
    type: str
    required: true
  before:
    description:
      - The version that is live, if any. The task fails when the two can't work on the same queue, and when the
        database's schema doesn't allow the release any more.
    type: str
    default: ""
  work:
    description: What is begun hereby and not finished yet, noted on the host before anything is done.
    type: dict
    default: {}
  lock:
    description: The token under which the application's lock was taken; the task fails when it's no longer ours.
    type: str
  root:
    description: Where the application's releases are. C(/srv/<app>) unless given.
    type: path
  folder:
    description: Where the lock is. C(/var/lib/slipway/<app>) unless given.
    type: path
attributes:
  check_mode:
    support: full
    description: Says whether the release would be staged, writes nothing.
"""

EXAMPLES = r"""
- name: Stage the release
  staged_release:
    app: mailroom
    release: 1.4.0
    artifact: /var/lib/slipway/mailroom/incoming.tar.gz
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

RETURN = r"""
folder:
  description: The release's folder.
  returned: always
  type: str
"""


def refuse_unfit(app: Application, folder: StateFolder, release: str, before: str) -> None:
    """Raise SlotError when the release can't live with the one before it, or with the database's schema."""
    new = read_metadata(app, release)
    refuse_rollback(folder.path, new)
    if before and before != release:
        refuse_incompatible_jobs(read_metadata(app, before), new)


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "app": {"type": "str", "required": True},
            "release": {"type": "str", "required": True},
            "artifact": {"type": "path", "required": True},
            "sha256": {"type": "str", "required": True},
            "before": {"type": "str", "default": ""},
            "work": {"type": "dict", "default": {}},
            "lock": {"type": "str"},
            "root": {"type": "path"},
            "folder": {"type": "path"},
        },
        supports_check_mode=True,
    )
    wish = module.params
    app = Application.named(wish["app"], wish["root"])
    lock = StateFolder.named(wish["app"], wish["folder"])
    staging = Staging(
        app.root / "releases" / wish["release"], wish["sha256"], lambda: check_and_beat(lock, wish["lock"])
    )
    try:
        check_and_beat(lock, wish["lock"])
        if wish["work"] and not module.check_mode:
            begin_work(lock, wish["work"])
        missing = not staging.complete()
        if missing and not module.check_mode:
            staging.stage(Path(wish["artifact"]))
        if not missing or not module.check_mode:
            refuse_unfit(app, lock, wish["release"], wish["before"])
    except (SlotError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=missing, folder=str(staging.folder))


if __name__ == "__main__":
    main()

"""One step of a release on a host: it's refused when the lock is no longer ours, and noted before it's taken."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.ledger import write_textfile
from ansible.module_utils.release_lock import StateFolder, check_and_beat, read_work, write_work
from ansible.module_utils.slots import Application

# What every module that changes an application takes, beside its own options.
STEP_OPTIONS: dict[str, dict[str, Any]] = {
    "lock": {"type": "str"},
    "phase": {"type": "str"},
    "folder": {"type": "path"},
}


def begin_step(wish: dict[str, Any], *, check: bool) -> StateFolder:
    """Refuse the step when the lock was taken from us; else note its phase in the host's unfinished work.

    Args:
        wish: the module's parameters: C(app) and those of STEP_OPTIONS.
        check: whether nothing may be written.

    Raises:
        SlotError: the lock is another's by now. The message says whose.
    """
    folder = StateFolder.named(wish["app"], wish["folder"])
    if check:
        return folder
    check_and_beat(folder, wish["lock"])
    work = read_work(folder) if wish["phase"] else None
    if work is not None and work.get("phase") != wish["phase"]:
        write_work(folder, work | {"phase": wish["phase"]})
        write_textfile(folder, Application.named(wish["app"], wish.get("root"), wish.get("runtime")))
    return folder

"""A host that came back in the middle of a release takes no requests until it's known which version is right.

At its boot such a host finds unfinished work. The others may have gone on or gone back meanwhile, and it can't know. So
the unit slipway-hold keeps nginx from starting. The next command lifts the hold: when the lanes are right, or before
they move where either version is right.
"""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.release_lock import StateFolder
from ansible.module_utils.slots import SlotError, systemctl

HELD = "held"  # the same name stands in the unit slipway-hold and in nginx's drop-in
SPLIT = '"kind": "split"'  # divided on purpose: no reason to hold a host


def lift_hold(folder: StateFolder) -> bool:
    """Let nginx take requests again, now that this application's lanes are right; return whether it didn't.

    Where another application of the host has unfinished work, the hold stays until that is settled too.

    Raises:
        SlotError: nginx doesn't start.
    """
    held = folder.path.parent / HELD
    if not held.exists() or any(unsettled(work) for work in held.parent.glob("*/work.json") if work != folder.work):
        return False
    held.unlink(missing_ok=True)
    done = systemctl("start", "nginx.service")
    if done.returncode:
        raise SlotError(f"nginx, which was held back since the host booted, doesn't start: {done.stderr.strip()}")
    return True


def unsettled(work: Path) -> bool:
    """Whether unfinished work leaves open which version is right."""
    try:
        return SPLIT not in work.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False

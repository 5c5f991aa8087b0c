"""Kills the control process with SIGKILL after its nth task, and notes which tasks a play has.

SLIPWAY_KILL_AFTER=n kills when the task after the nth begins, when every host is done with the nth. SLIPWAY_TASKS=FILE
notes each task as it begins: its number, whether it runs on hosts, its name.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: kill_after
type: aggregate
short_description: Kill the control process after a task
description: Only for tests.
"""
# They touch no host, so that what the hosts hold after one of them is what they held before.
ON_CONTROL_NODE = ("include", "import", "set_fact", "assert", "debug", "meta", "fail")


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible ships no types
    """Counts tasks as the strategy begins them."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kill_after"

    def __init__(self) -> None:
        """Count from nothing."""
        super().__init__()
        self._number = 0
        self._last = int(os.environ.get("SLIPWAY_KILL_AFTER", "0"))
        self._file = os.environ.get("SLIPWAY_TASKS")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:  # noqa: ANN401, FBT001
        """Kill, or note the task."""
        del is_conditional
        if self._last and self._number == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        self._number += 1
        if self._file:
            kind = "control" if task.action.rsplit(".", 1)[-1].startswith(ON_CONTROL_NODE) else "hosts"
            with Path(self._file).open("a", encoding="utf-8") as file:
                file.write(f"{self._number}\t{kind}\t{task.get_name()}\n")

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ANN401
        """Kill after the last task, too."""
        del stats
        if self._last and self._number == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

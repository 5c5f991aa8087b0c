"""Notes when lanes moved, in the file SLIPWAY_LANES: a JSON object a line, with host, time and each slot's lanes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: lane_times
type: aggregate
short_description: Note when lanes moved
description: Only for tests.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible ships no types
    """Notes what the module lanes returned, for each host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "lane_times"

    def v2_runner_on_ok(self, result: Any) -> None:  # noqa: ANN401
        """Note the result of a task that moved lanes."""
        told = result.result
        if told.get("moved") and "at" in told:
            line = {"host": result.host.get_name(), "at": told["at"], "lanes": told["lanes"]}
            with Path(os.environ["SLIPWAY_LANES"]).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

"""The clock of the rules in these tests: waits and windows are divided by one factor, and nothing else is changed.

SLIPWAY_CLOCK=N sets the factor, 15 unless set; at 1 everything is as on any host. What isn't divided: the 15 s
between two reads and two evaluations, numbers in expressions, and offsets (monitoring/scaling.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from monitoring.scaling import shorter
from tests.faults.edge import PEER, TOKEN
from tools.up import ROOT, addresses

FACTOR = float(os.environ.get("SLIPWAY_CLOCK", "15"))
ALERTMANAGER = ROOT / "roles" / "alertmanager" / "vars" / "main.yml"
RECEIVER = f"https://{addresses()[2]}:4567/alerts"
SEVERITIES = "__alertmanager_severities"
SHORTEST = "1s"
# The least that the role takes. The webhook's receiver stands for the dead man's switch outside too.
WATCHDOG_SECONDS = 30


def arguments(folder: Path) -> tuple[str, ...]:
    """Return what a converge needs to have the rules and the waits of notices on this clock.

    Args:
        folder: where the rules on this clock are written.
    """
    command = [sys.executable, "-m", "monitoring", "--scale", f"{FACTOR:g}", "--into", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    variables: dict[str, Any] = {
        "prometheus_rules_dir": str(folder),
        SEVERITIES: _waits(),
        "slipway_heartbeats": [{"name": PEER, "token": TOKEN}],
        "alertmanager_watchdog_url": RECEIVER,
        "alertmanager_watchdog_interval": WATCHDOG_SECONDS,
        "exporters_backups": ["mailroom"],
    }
    return ("-e", json.dumps(variables))


def _waits() -> dict[str, dict[str, str]]:
    severities = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))[SEVERITIES]
    return {
        severity: {name: shorter(wait, FACTOR, SHORTEST) for name, wait in waits.items()}
        for severity, waits in severities.items()
    }

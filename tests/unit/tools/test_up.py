"""What `make up` refuses before it does anything."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools.up import ROOT, in_lab


@pytest.mark.skipif(not in_lab(), reason="who isn't root on Linux gets the Vagrant machine")
def test_development_in_the_machine_is_refused_where_the_lab_takes_its_place() -> None:
    command, environment = [sys.executable, "-m", "tools.up"], os.environ | {"SLIPWAY_DEV": "app"}

    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "SLIPWAY_DEV is for the Vagrant machine; root on Linux gets the lab's host, which runs what is released. "
        "To see what you save: make dev\n"
    )

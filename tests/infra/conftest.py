"""Where the hosts under test come from.

A file says which group it is about, `testinfra_hosts = ["ansible://db"]`, and each of its tests that takes `host` runs
once for every host of that group, as root, over one SSH connection per host. The checks change nothing.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.environment import ROOT, environment_under_test

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand pytest-testinfra an inventory in which nothing is left to template: it can't do that itself."""
    if "host" in metafunc.fixturenames and metafunc.config.option.ansible_inventory is None:
        folder = Path(tempfile.mkdtemp(prefix="slipway-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        inventory = folder / "hosts.yml"
        inventory.write_text(json.dumps(environment_under_test().inventory(folder)), encoding="utf-8")
        metafunc.config.option.ansible_inventory = str(inventory)
        # pytest-testinfra runs `ansible-inventory` and reads SSH's options from the configuration.
        os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        os.environ["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")


@pytest.fixture(scope="session", autouse=True)
def environment_is_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """In a lab of the test run's own, bring the local host up first; hang up at the end.

    While these tests look at it, the fleet is converged, if tests are to come that want it.
    """
    if os.environ.get("SLIPWAY_LAB"):
        request.getfixturevalue("up")
        request.getfixturevalue("fleet_beside")
    yield
    inventory = request.config.option.ansible_inventory
    if inventory:
        hang_up(Path(inventory).parent)


def hang_up(folder: Path) -> None:
    """End the SSH connections that were kept open in a folder."""
    for path in folder.iterdir():
        if path.is_socket():
            subprocess.run(["ssh", "-o", f"ControlPath={path}", "-O", "exit", "any"], capture_output=True, check=False)

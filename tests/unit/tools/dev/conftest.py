"""A running `make dev`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.mailroom_source import copy_of_source
from tests.unit.tools.dev.running import Dev
from tools.dev.errors import DevError
from tools.dev.servers import postgresql_programs
from tools.wheels import ROOT


@pytest.fixture(name="start", scope="module")
def _start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Dev]]:
    """Return what starts one; all are ended with the module."""
    try:
        postgresql_programs()
    except DevError as error:
        pytest.skip(str(error))
    if not shutil.which("redis-server", path="/usr/bin:/usr/sbin:/usr/local/bin:/opt/homebrew/bin"):
        pytest.skip("Redis isn't installed")
    # Nothing to do where `make test-app` or `make dev` made it.
    subprocess.run(["uv", "run", "--quiet", "--directory", "app", "--frozen", "python", "-V"], cwd=ROOT, check=True)
    with ExitStack() as stack:

        def start() -> Dev:
            # pytest's own folders are too deep for a socket's name, and PostgreSQL's user can't enter them.
            temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-test-")))
            temporary.chmod(0o711)
            folder = tmp_path_factory.mktemp("source")
            dev = Dev(copy_of_source(folder), folder / "output.log", temporary)
            stack.callback(dev.end)
            return dev

        yield start


@pytest.fixture(name="dev", scope="module")
def _dev(start: Callable[[], Dev]) -> Dev:
    """Return one that answers."""
    dev = start()
    dev.wait_for("Ctrl-C ends all of it")
    return dev

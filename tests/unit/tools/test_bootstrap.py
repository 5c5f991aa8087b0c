"""The first step of every `make` target: quick when there is nothing to do, clear when it can't help itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = "tools/bootstrap.sh"
NEEDED = ("bash", "cat", "cksum", "dirname", "uname")


def bootstrap(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / SCRIPT), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


@pytest.fixture(name="bare")
def _bare() -> Iterator[Path]:
    """Return a checkout on a system with next to nothing installed, readable by everybody."""
    with tempfile.TemporaryDirectory(prefix="slipway-bare-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("bin", "tools"):
            (folder / part).mkdir()
        shutil.copy(ROOT / SCRIPT, folder / SCRIPT)
        for program in NEEDED:
            (folder / "bin" / program).symlink_to(shutil.which(program) or program)
        yield folder


def without_root(folder: Path, target: str) -> str:
    """What the script says to a user who isn't root and has only the programs in `folder`/bin."""
    setpriv = [shutil.which("setpriv") or "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    command = [*(setpriv if os.geteuid() == 0 else []), str(folder / "bin/bash"), str(folder / SCRIPT), target]
    environment = {"PATH": str(folder / "bin")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    return done.stderr


def test_with_nothing_to_do_it_says_nothing_and_takes_less_than_half_a_second() -> None:
    bootstrap("control")
    took = []
    for _ in range(5):
        started = time.monotonic()
        done = bootstrap("control")
        took.append(time.monotonic() - started)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    # The least: this machine may have other things to do.
    assert min(took) < 0.5


def test_an_unknown_target_is_refused_with_those_that_there_are() -> None:
    done = bootstrap("everything")

    assert done.returncode == 1
    assert done.stderr == "bootstrap: unknown target 'everything': control, dev, up or test\n"


def test_a_user_on_debian_is_told_the_command_that_installs_what_is_missing(bare: Path) -> None:
    (bare / "bin/apt-get").symlink_to("/bin/true")

    said = without_root(bare, "up")

    assert said == (
        "bootstrap: run this first: sudo apt-get install --no-install-recommends openssh-client git vagrant\n"
    )


def test_who_runs_the_service_alone_is_told_to_install_what_it_runs_on(bare: Path) -> None:
    (bare / "bin/apt-get").symlink_to("/bin/true")

    assert without_root(bare, "dev").endswith(" redis-server\n")


def test_elsewhere_a_user_is_told_what_is_missing(bare: Path) -> None:
    assert without_root(bare, "control") == "bootstrap: install these first (Debian's names): openssh-client git\n"


def test_a_whole_test_run_without_root_is_refused_with_what_can_be_run(bare: Path) -> None:
    assert without_root(bare, "test") == (
        "bootstrap: the whole test run boots hosts and needs root on Linux (sudo make test); "
        "without: make lint test-unit test-app\n"
    )

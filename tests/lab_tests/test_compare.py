"""The comparison of ways to release, once through: that it still works, not what it measures."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab.naming import CHECKOUT, Lab
from tests.lab_tests.conftest import leftovers
from tests.load.compare.page import BEGIN, END
from tests.load.compare.table import HEAD
from tests.turns import share

pytestmark = share(0)

COMMAND = [sys.executable, "-m", "tests.load.compare_releases"]


@pytest.fixture(name="page", scope="module")
def _page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of a quick comparison of all ways."""
    path = tmp_path_factory.mktemp("page") / "performance.md"
    path.write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
    command = [*COMMAND, "--quick", "--markdown", str(path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    return path.read_text(encoding="utf-8")


def rows(page: str, way: str) -> list[dict[str, str]]:
    """Return the rows of a way, one for each service."""
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith(f"| {way} |")]
    return [dict(zip(HEAD, line, strict=True)) for line in lines]


def test_lanes_lose_nothing_and_cut_nothing(page: str) -> None:
    found = rows(page, "Slipway's lanes")

    assert [(row["failed"], row["connections cut"]) for row in found] == [("0", "0"), ("0", "0")]


def test_the_new_version_answers_after_every_way_but_one(page: str) -> None:
    deaf = [line.split(" | ")[0] for line in page.splitlines() if "NO, after 0 of 1" in line]

    assert deaf == ["| gunicorn HUP with `--preload`"]


def test_a_restart_is_seen_as_failed_requests(page: str) -> None:
    assert int(rows(page, "`systemctl restart`")[0]["failed"]) > 0


def test_a_reload_is_seen_as_cut_connections(page: str) -> None:
    assert int(rows(page, "nginx reloaded, old one drained first")[0]["connections cut"]) > 0


def test_the_hole_of_a_slow_import_is_seen_as_a_gap(page: str) -> None:
    assert float(rows(page, "gunicorn HUP")[1]["longest gap ms"]) > 400


def test_an_interrupted_comparison_leaves_no_lab_behind() -> None:
    with subprocess.Popen([*COMMAND, "--quick"], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) as running:
        lab = Lab(f"compare-{running.pid}")
        assert running.stderr is not None
        for line in running.stderr:
            if "lab: bench" in line:  # the host is up, and gets its packages
                break
        assert lab.roots.exists()
        time.sleep(1)
        os.kill(running.pid, signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    assert leftovers(lab) == []


def test_a_page_without_a_place_is_refused_before_any_host_is_made(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--markdown", str(tmp_path / "none.md")], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "doesn't exist; the tables go between two lines of it" in done.stderr
    assert "making network" not in done.stderr

"""Promotion from one environment to another, on real hosts: exactly the bytes that have proved themselves, or nothing.

The fleet is the environment that a release is promoted from, the local host the one that it's promoted to.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.local_host import DESPITE_ALERTS, LocalHost
from tests.release.quick import SHORT, Quick, words
from tests.turns import share
from tools.up import INVENTORY, ROOT

pytestmark = [pytest.mark.timeout(2400), share(2)]

VERSION = "2.4.1"
REFUSED = 2  # what ansible-playbook exits with when a host failed


@dataclass(frozen=True)
class Way:
    """Two environments, and a folder of artifacts of their own, as on a control node that has built nothing.

    Attributes:
        quick: the one that is promoted from.
        source: its inventory.
        target: the inventory of the other.
        artifacts: the folder.
    """

    quick: Quick
    source: Path
    target: Path
    artifacts: Path

    def promote(self) -> subprocess.CompletedProcess[str]:
        """Promote what is live, as `make promote` does; return how it went."""
        command = [sys.executable, "-m", "tools.promote", "--from", str(self.source), "--to", str(self.target)]
        plain = {"ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "400"}
        return subprocess.run(
            [*command, "--", *DESPITE_ALERTS, *SHORT],
            cwd=ROOT,
            env=os.environ | plain,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def refused(self) -> str:
        """Return what is said when nothing may be promoted; nothing is brought here, and nothing released."""
        before = sorted(self.artifacts.glob("*"))
        done = self.promote()
        assert done.returncode == REFUSED, done.stdout + done.stderr
        assert "goes from" not in done.stdout
        assert sorted(self.artifacts.glob("*")) == before
        said = words(done.stdout)
        assert "mailroom can't be promoted from staging: " in said, done.stdout[-4000:]
        assert "Nothing was changed." in said
        return said


@pytest.fixture(scope="module")
def way(
    fleet: Fleet, artifacts: Path, versions: tuple[str, str], up: LocalHost, tmp_path_factory: pytest.TempPathFactory
) -> Way:
    """Return the way from the fleet, which calls itself staging here, to the local host, which calls itself itself."""
    quick = Quick(fleet, artifacts, versions)
    quick.settle()
    folder = tmp_path_factory.mktemp("promotion")
    here = folder / "dist"
    for name, inventory in {"staging": fleet.inventory, "production": INVENTORY}.items():
        shutil.copytree(inventory, folder / name)
        told = f"slipway_environment: {name}\napp_artifacts_dir: {here}\n"
        (folder / name / "group_vars" / "all" / "zz_promotion.yml").write_text(told, encoding="utf-8")
    assert up.slots()["live"]
    return Way(quick, folder / "staging", folder / "production", here)


@pytest.fixture(scope="module")
def proved(way: Way, build_changed: Callable[[str, Callable[[Path], None]], str]) -> Way:
    """Return the way, with a release of its own live, and baked, where it begins."""
    build_changed(VERSION, lambda _source: None)
    way.quick.released(VERSION)
    return way


@pytest.fixture
def one_host_differs(proved: Way) -> Iterator[Way]:
    """Return the way; one host where it begins serves what was live before."""
    host, fleet = proved.quick.hosts[0], proved.quick.fleet
    slots = fleet.slots()[host]
    fleet.module("lanes", host, app="mailroom", slot=slots["idle"])
    yield proved
    fleet.module("lanes", host, app="mailroom", slot=slots["live"])


def test_a_release_that_nobody_watched_is_not_promoted(way: Way) -> None:
    version = way.quick.next()
    way.quick.released(version, "-e", "release_fast=true")

    said = way.refused()
    assert f"of {version}, by " in said
    assert "was made with FAST=1, so nothing watched it; release it again without, and let it bake" in said


def test_a_release_that_is_not_finished_is_not_promoted(proved: Way) -> None:
    before = proved.quick.live()
    playing = proved.quick.watching(proved.quick.next())
    try:
        running = proved.refused()
    finally:
        playing.kill()
    cut_off = proved.refused()
    proved.quick.rolled_back()

    for said in (running, cut_off):
        assert "has an unfinished release" in said
        assert "in its phase cutover; finish it or go back first" in said
    assert proved.quick.live() == before


def test_hosts_that_differ_are_not_promoted_from(one_host_differs: Way) -> None:
    said = one_host_differs.refused()

    assert "the hosts serve different versions (fleet-app-1: " in said
    assert f"fleet-app-2: {VERSION})" in said


def test_what_has_proved_itself_is_released_to_the_other_from_exactly_its_bytes(proved: Way, up: LocalHost) -> None:
    before = up.slots()
    done = proved.promote()
    said = words(done.stdout)
    built = (proved.quick.artifacts / f"mailroom-{VERSION}.tar.gz").read_bytes()
    checksum = hashlib.sha256(built).hexdigest()

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert f"mailroom {VERSION} goes from staging to production, the same bytes: sha256 {checksum}" in said
    assert (proved.artifacts / f"mailroom-{VERSION}.tar.gz").read_bytes() == built, "it came from a host"
    after = up.slots()
    assert after["slots"][after["live"]]["release"] == VERSION
    assert after["live"] == before["idle"]
    kept = up.run(f"sha256sum /srv/mailroom/releases/{VERSION}/artifact.tar.gz").split()[0]
    assert kept == checksum
    entry = up.module("ledger", app="mailroom", limit=1)["entries"][0]
    assert (entry["version"], entry["sha256"], entry["promoted_from"]) == (VERSION, checksum, "staging")
    assert (entry["verdict"], entry["baked"]) == ("succeeded", True)
    assert up.play("rollback.yml").code == 0


def test_a_version_whose_last_release_failed_is_not_promoted(proved: Way) -> None:
    failed = proved.quick.release(VERSION, "-e", '{"app_gate": {"error_ratio": -1}}')
    assert failed.code == REFUSED, failed.output[-6000:]
    assert proved.quick.live() == VERSION, "it was live before, too"

    said = proved.refused()
    assert f" of {VERSION}, by " in said
    assert " failed: The gate failed after " in said
    assert f" error ratio of {VERSION}" in said

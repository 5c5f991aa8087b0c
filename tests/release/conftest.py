"""What the tests of releases share: versions to release, and a load that counts what is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.figures import Figures
from tests.fleet import Fleet
from tests.load.open_loop import OpenLoop
from tests.local_host import LocalHost
from tests.playing import Playing
from tests.release.badness import Site, with_a_migration, with_faults
from tests.release.judging import (
    Judge,
    assert_nothing_lost_but_its_share,
    assert_only_the_old_serves,
    assert_told,
    assert_written_down,
)
from tests.release.mix import load_on, reads, writes
from tests.release.quick import Quick
from tests.release.trial import Trial
from tools.build import build
from tools.up import ROOT


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Play those last that change secrets: the local host has the same ones, and isn't converged with the new."""
    items.sort(key=lambda item: item.path.name == "test_secrets_change.py")


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the artifacts that these tests build."""
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(scope="session")
def versions(artifacts: Path) -> tuple[str, str]:
    """Return two versions of Mailroom, built from the checkout, that differ in their version alone."""
    for version in ("2.0.1", "2.0.2"):
        build(ROOT / "app", version, artifacts)
    return "2.0.1", "2.0.2"


@pytest.fixture(scope="session")
def build_changed(
    artifacts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Path], None]], str]:
    """Return a function that builds a version from a changed copy of Mailroom."""

    def build_it(version: str, change: Callable[[Path], None]) -> str:
        source = tmp_path_factory.mktemp("source") / "app"
        shutil.copytree(
            ROOT / "app", source, ignore=shutil.ignore_patterns(".venv", "__pycache__", ".*_cache", "tests")
        )
        change(source)
        build(source, version, artifacts)
        return version

    return build_it


@pytest.fixture
def load(up: LocalHost) -> Callable[[float], OpenLoop]:
    """Return a function that makes a load of reads and writes on the site, which lasts at most so many seconds."""
    return lambda seconds: load_on(up.url, up.certificate, (reads(), writes(up.key)), seconds)


@pytest.fixture(scope="session")
def fleet(converging_fleet: tuple[Fleet, Playing]) -> Fleet:
    """Return an edge host, two app hosts and a host for the data, converged once for all tests; blank of releases."""
    hosts, playing = converging_fleet
    played = playing.wait()
    assert played.code == 0, played.output[-6000:]
    return hosts


@pytest.fixture
def live_fleet(fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Fleet:
    """Return the fleet with the same release live on all app hosts: what is live, or else the first version."""
    live = set(fleet.versions().values())
    if len(live) > 1 or None in live:
        released = fleet.release(versions[0], artifacts)
        assert released.code == 0, released.output[-6000:]
    return fleet


@pytest.fixture
def quick(live_fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Quick:
    """Return the fleet with one version live, to be released to in small steps."""
    return Quick(live_fleet, artifacts, versions)


@pytest.fixture
def fleet_load(fleet: Fleet) -> Callable[[float], OpenLoop]:
    """Return a function that makes a load of reads and writes through the edge, which lasts at most so many seconds."""
    return lambda seconds: load_on(fleet.url, fleet.certificate, (reads(), writes(fleet.key)), seconds)


@pytest.fixture(scope="session")
def trial_site(fleet: Fleet, artifacts: Path, build_changed: Callable[[str, Callable[[Path], None]], str]) -> Site:
    """Return the fleet with a sound version live, and another that can have a fault."""
    pair = build_changed("3.1.0", with_faults), build_changed("3.1.1", with_faults)
    return Site(fleet, artifacts, pair, build_changed("3.1.2", with_a_migration), build_changed("3.1.3", with_faults))


@pytest.fixture
def judge(trial_site: Site, figures: Figures) -> Judge:
    """Return a function that notes a trial's figures, and sees that it ended as it must."""

    def judge_it(what: str, trial: Trial, reasons: tuple[str, ...]) -> None:
        figures.say(f"a release that {what}: failed of sent", trial.figure(), "at most its lanes' share")
        assert_told(trial, reasons)
        assert_nothing_lost_but_its_share(trial)
        assert_only_the_old_serves(trial_site, trial)
        assert_written_down(trial_site, trial, reasons)

    return judge_it


@pytest.fixture(autouse=True)
def whole_lanes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check after each test that on each host that it used all lanes point at one slot."""
    yield
    if "up" in request.fixturenames:
        assert not request.getfixturevalue("up").slots()["divided"]
    if "fleet" in request.fixturenames:
        assert not [host for host, slots in request.getfixturevalue("fleet").slots().items() if slots["divided"]]

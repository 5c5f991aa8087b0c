"""Production, from an empty account: provisioned once for all of these tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud import Cloud, machines
from tests.cloud_tests.settings import ZONE, lab_settings, small_settings
from tools.build import build
from tools.up import ROOT

VERSION = "2.0.1"


@pytest.fixture(scope="session")
def account(lab: str) -> Iterator[Cloud]:
    """Return production with nothing in its account but the zone that its names belong into."""
    outer = Path(os.environ["SLIPWAY_STATE"])
    state = outer / "production"
    state.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(ROOT / "versions.yml", state / "versions.yml")  # provisioning writes the image's release into it
    cloud = Cloud(lab, state, settings=lab_settings(outer, state), world=outer)
    cloud.api("route53").create_hosted_zone(Name=ZONE, CallerReference="tests")
    with machines(lab, outer / "log/ec2.log"):
        yield cloud


@pytest.fixture(scope="session")
def cloud(account: Cloud) -> Cloud:
    """Return production, provisioned."""
    account.worked("provision.yml")
    return account


@pytest.fixture(scope="session")
def converged(cloud: Cloud) -> Cloud:
    """Return production, converged."""
    cloud.worked("site.yml")
    return cloud


@pytest.fixture(scope="module")
def small(account: Cloud) -> Iterator[Cloud]:
    """Return staging in the same account, converged: one host with all groups, and a disk for its data."""
    state = account.world / "staging"
    state.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(ROOT / "versions.yml", state / "versions.yml")
    cloud = Cloud(account.lab, state, account.world, "staging", small_settings(account.world, state))
    cloud.worked("provision.yml")
    cloud.worked("site.yml")
    yield cloud
    cloud.worked("teardown.yml", "-e", "teardown_confirm=staging")


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the artifact that is released."""
    folder = tmp_path_factory.mktemp("artifacts")
    build(ROOT / "app", VERSION, folder)
    return folder


@pytest.fixture(scope="session")
def released(converged: Cloud, artifacts: Path) -> Cloud:
    """Return production with a release live."""
    converged.release(VERSION, artifacts)
    return converged

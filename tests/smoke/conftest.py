"""Each test that takes `site` runs once for every edge host of the environment."""

from __future__ import annotations

import os

import pytest

from tests.web import sites


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask Ansible for the edge hosts."""
    if "site" in metafunc.fixturenames:
        metafunc.parametrize("site", sites(), ids=lambda site: site.host, scope="session")


@pytest.fixture(scope="session", autouse=True)
def environment_is_up(request: pytest.FixtureRequest) -> None:
    """In a lab of the test run's own, bring the local host up first."""
    if os.environ.get("SLIPWAY_LAB"):
        request.getfixturevalue("up")

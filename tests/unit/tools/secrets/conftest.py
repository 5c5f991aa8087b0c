"""A checkout with an environment, in a folder of the test's own, and a simulated AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest

from tests.unit import aws
from tests.unit.tools.secrets.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a checkout with the environments local and staging."""
    for name in ("local", "staging"):
        (tmp_path / "inventories" / name / "group_vars/all").mkdir(parents=True)
        (tmp_path / "inventories" / name / "hosts.yml").write_text("---\nall: {hosts: {web: {}}}\n", encoding="utf-8")
    made = Checkout(tmp_path)
    made.says(slipway_environment="staging", cloud_region=aws.REGION)
    return made


@pytest.fixture(scope="module")
def simulated_aws() -> Iterator[str]:
    """Return the URL of an AWS."""
    with aws.simulated() as url:
        yield url


@pytest.fixture
def in_aws(checkout: Checkout, simulated_aws: str, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return the checkout, its secrets in an AWS that has none yet."""
    checkout.says(secrets_backend="ssm", cloud_region=aws.REGION)
    for name, value in aws.emptied(simulated_aws).items():
        monkeypatch.setenv(name, value)
    # It remembers who was logged in before.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return checkout

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "release_version.py"


def version() -> str:
    return str(runpy.run_path(str(RECIPE))["release_version"]())


def test_the_version_of_a_wheel_can_be_given_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_VERSION", "4.5.6")

    assert version() == "4.5.6"


@pytest.mark.parametrize("given", [None, ""])
def test_otherwise_it_is_that_of_the_checkout(monkeypatch: pytest.MonkeyPatch, given: str | None) -> None:
    monkeypatch.delenv("SLIPWAY_VERSION", raising=False)
    if given is not None:
        monkeypatch.setenv("SLIPWAY_VERSION", given)

    assert version() == "1.0.0"

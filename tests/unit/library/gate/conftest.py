"""The gate beside a Prometheus that tells what a test has told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from library import promql_gate
from tests.unit.library.prometheus_api import PrometheusApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.library.conftest import Outcome


@pytest.fixture
def prometheus() -> Iterator[PrometheusApi]:
    """Return a Prometheus that answers."""
    with PrometheusApi() as api:
        yield api


@pytest.fixture
def gate(run_module: Callable[..., Outcome], prometheus: PrometheusApi) -> Callable[..., Outcome]:
    """Return a function that asks it, quickly."""

    def ask(*checks: dict[str, Any], check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        arguments = {"url": prometheus.url, "checks": list(checks), "every": 0.01, "patience": 0.1, **more}
        return run_module(promql_gate.main, arguments, check=check)

    return ask

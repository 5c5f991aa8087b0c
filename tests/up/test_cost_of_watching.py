"""What watching costs the host that is watched, at rest: nobody asks it for anything, and nothing is wrong."""

from __future__ import annotations

import json
import re

import pytest

from tests.figures import Figures
from tests.local_host import LocalHost
from tests.turns import share
from tests.usage import memory_by_service, processors_by_service

pytestmark = [pytest.mark.timeout(1800), share(2)]

WATCHERS = re.compile("prometheus.*|mtail|slipway-host-metrics")
SECONDS = 60
SERIES = "curl --silent --fail 'http://127.0.0.1:9090/api/v1/query?query=prometheus_tsdb_head_series'"


def test_watching_costs_little(up: LocalHost, figures: Figures) -> None:
    before = processors_by_service(up)
    up.run(f"sleep {SECONDS}")
    after = processors_by_service(up)
    own = memory_by_service(up)
    memory = {unit: own.get(unit, 0.0) for unit in after if WATCHERS.fullmatch(unit)}
    cores = {unit: (after[unit] - before.get(unit, 0)) / SECONDS for unit in memory}
    series = int(json.loads(up.run(SERIES))["data"]["result"][0]["value"][1])
    assert memory.get("prometheus"), after

    rows = [f"  {unit:<34} {taken:7.1f} MB {cores[unit]:7.2%}" for unit, taken in memory.items()]
    figures.show("Watching at rest: memory, and share of one core\n" + "\n".join(rows))
    figures.say("watching at rest: memory", f"{sum(memory.values()):.0f} MB", "under 250 MB")
    figures.say("watching at rest: of one core", f"{sum(cores.values()):.1%}", "5 %")
    figures.say("watching at rest: series", str(series), "under 15000")
    assert sum(memory.values()) < 250
    assert series < 15_000

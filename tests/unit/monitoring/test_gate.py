"""The gate tells a bad release from a good one, by promtool on made-up series."""

from __future__ import annotations

import re

import pytest

from monitoring import thresholds
from tests.contract.tree import ROOT
from tests.unit.monitoring import gate, series
from tests.unit.monitoring.gate import MOVED, STEP, Story
from tests.unit.monitoring.series import START, healthy, memory, restarts, slot, worker

ERRORS = "errors of 1.4.0"
ROUTE_ERRORS = "errors of one route"
ERROR_RATIO = "error ratio of"
P95 = "p95 of 1.4.0, less"
P95_TIMES = "p95 of 1.4.0 in parts"
P95_ROUTE_TIMES = "p95 of one route"
MEMORY = "memory of 1.4.0, of"
GROWTH = "memory of 1.4.0 in 600 s"
RESTARTS = "restarts of"
READ = "whether slot green"
WORKER = "whether the worker"

SOON, LATE = MOVED + 20, MOVED + 150
MESSAGES = "/api/v1/messages"
WITHIN = MOVED // STEP

# Half a request a read on three routes of one host: 60 requests after 50 s on top of the first 10.
FEW = (
    healthy()
    | {name: values for name, values in slot("green", start=START, requests=1).items() if "app-1" in name}
    | {name: "stale" for name in slot("green") if "app-2" in name and "up" not in name}
    | {
        'http_requests_total{job="mailroom-web",instance="app-1",slot="green",method="GET",'
        'route="/api/v1/messages",status_class="5xx"}': f"_x{WITHIN + 4} 2x60"
    }
)
BAD = [
    Story(
        "one route fails always",
        healthy() | slot("green", start=START, requests=2, failing=("/api/v1/keys", 1)),
        SOON,
        {ROUTE_ERRORS, ERRORS, ERROR_RATIO},
    ),
    Story(
        "2 % of a route fail",
        healthy() | slot("green", start=START, requests=40, failing=(MESSAGES, 0.06)),
        LATE,
        {ERRORS},
    ),
    Story(
        "all take 60 ms longer",
        healthy() | slot("green", start=START, requests=10, slow=0.06),
        MOVED + 40,
        {P95_TIMES, P95_ROUTE_TIMES},
    ),
    Story(
        "all take a second longer",
        healthy() | slot("green", start=START, slow=1),
        SOON,
        {P95, P95_TIMES, P95_ROUTE_TIMES},
    ),
    Story("memory is nearly used up", healthy() | memory("green", first=380), SOON, {MEMORY}),
    Story("memory grows by 1 MiB a second", healthy() | memory("green", 1), MOVED + 100, {GROWTH}),
    Story(
        "the worker restarts",
        healthy() | restarts("mailroom-worker@green.service", f"0x{WITHIN + 6} 1x60"),
        LATE,
        {RESTARTS},
    ),
    Story("the worker can't be read", healthy() | worker("0x200"), SOON, {WORKER}),
    Story("the worker dies later", healthy() | worker(f"0x{WITHIN + 1} 1x20 0x60"), LATE, {WORKER}),
    Story(
        "a host's new slot is gone",
        healthy() | {'up{job="mailroom-web",instance="app-2",slot="green"}': f"1x{WITHIN} 0x60"},
        SOON,
        {READ},
    ),
]
GOOD = [
    Story("a healthy release, soon", healthy(), SOON, set()),
    Story("a worker that is just starting", healthy() | worker("0x200"), MOVED + 15, set()),
    Story("a healthy release, late", healthy(), LATE, set()),
    Story("few requests, and 2 of 60 failed", FEW, MOVED + 50, set()),
    Story(
        "slow until it's warm",
        healthy()
        | series.durations('job="mailroom-web",instance="app-1",slot="blue",method="GET",route="/a"', 50, 0, 0)
        | {
            name: values
            for host in ("app-1", "app-2")
            for route in (*series.ROUTES, "/a")
            for name, values in series.durations(
                f'job="mailroom-web",instance="{host}",slot="green",method="GET",route="{route}"',
                *(10, 0, START),
                at_first=60,
            ).items()
        },
        LATE,
        set(),
    ),
    Story(
        "what slowed it down for a moment is over",
        healthy()
        | series.durations(
            'job="mailroom-web",instance="app-1",slot="green",method="GET",route="/a"', 0, 0, MOVED + 15, at_first=120
        ),
        MOVED + 45,
        set(),
    ),
    Story(
        "3 ms became 5 ms",
        {name: values for name, values in healthy().items() if "duration" not in name}
        | series.durations('job="mailroom-web",instance="app-1",slot="blue",method="GET",route="/a"', 50, -0.005, 0)
        | series.durations('job="mailroom-web",instance="app-1",slot="green",method="GET",route="/a"', 50, 0, START),
        LATE,
        set(),
    ),
    Story(
        "the old slot fails as often",
        slot("blue", failing=(MESSAGES, 0.03))
        | {k: v for k, v in healthy().items() if "blue" not in k}
        | slot("green", start=START, failing=(MESSAGES, 0.03)),
        LATE,
        set(),
    ),
    Story(
        "what failed before the release in the same slot doesn't count",
        healthy()
        | {
            'http_requests_total{job="mailroom-web",instance="app-1",slot="green",method="GET",route="/a",'
            'status_class="5xx"}': f"0+100x{WITHIN - 4} 0x70"
        }
        | restarts("mailroom-web@green.service", f"7x{WITHIN - 4} 0x70"),
        SOON,
        set(),
    ),
]


def test_every_bad_release_is_told_by_the_checks_that_are_meant_for_it_and_by_no_other() -> None:
    assert gate.told([story.test(gate.checks()) for story in BAD]) == ""


def test_every_healthy_release_passes() -> None:
    assert gate.told([story.test(gate.checks()) for story in GOOD]) == ""


def test_the_first_release_is_judged_without_an_old_slot() -> None:
    alone = gate.checks(old=None)
    broken = healthy() | slot("green", start=START, failing=(MESSAGES, 1))
    green = {name: values for name, values in broken.items() if "blue" not in name}

    assert gate.told([Story("all of a route fail", green, SOON, {ERROR_RATIO}).test(alone)]) == ""


def test_a_number_of_the_inventory_takes_the_place_of_ours() -> None:
    patient = gate.checks(error_increase=0.05)

    assert gate.told([Story("2 % of a route fail", BAD[1].series, LATE, set()).test(patient)]) == ""


def test_before_the_bake_nothing_is_asked_of_the_worker_nor_of_figures_that_come_late() -> None:
    names = [check["name"] for check in gate.checks(baking=False, watch=0) if not check.get("optional")]

    assert names == ["error ratio of 1.4.0", "whether slot green can be read (1) or not (0)"]


def test_through_the_bake_the_duration_and_the_restarts_must_be_known_too() -> None:
    names = [check["name"] for check in gate.checks() if not check.get("optional")]

    assert [name.split(" of")[0] for name in names] == [
        "error ratio",
        "p95",
        "whether slot green can be read (1) or not (0)",
        "restarts",
    ]


@pytest.mark.parametrize("name", thresholds.read_gate())
def test_every_number_of_the_gate_is_used(name: str) -> None:
    places = [*(ROOT / "monitoring/gate").glob("*.j2"), ROOT / "roles/app/tasks/release/gate.yml"]

    assert any(re.search(rf"\bgate\.{name}\b", place.read_text(encoding="utf-8")) for place in places)

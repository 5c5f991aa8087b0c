"""What is made of what Locust and py-spy tell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.load.errors import LoadError
from tests.load.service import table
from tests.load.service.crowd import Crowd, Found, found
from tests.load.service.profiling import by_package


def told(times: dict[str, int], failed: int = 0, began: float = 100.0, ended: float = 110.0) -> dict[str, Any]:
    """Return an entry as Locust prints it."""
    return {
        "response_times": times,
        "num_requests": sum(times.values()),
        "num_failures": failed,
        "start_time": began,
        "last_request_timestamp": ended,
    }


def test_all_addresses_together_make_a_scenario() -> None:
    one = found("Reader", 50, [told({"10": 90, "20": 9}, failed=2), told({"500": 1}, began=101.0, ended=120.0)])

    assert (one.requests, one.failed, one.seconds, one.rate) == (100, 2, 20.0, 5.0)
    assert [one.percentile(share) for share in (0.5, 0.9, 0.95, 0.99, 1)] == [10, 10, 20, 20, 500]


def test_no_request_is_no_finding() -> None:
    with pytest.raises(LoadError, match="no request"):
        found("Reader", 50, [])


def test_load_goes_to_the_lab_only(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="not a lab address"):
        Crowd("https://93.184.215.14", tmp_path / "about.json").run("Reader", 1, 1)


def test_a_sample_belongs_to_the_package_of_its_innermost_frame() -> None:
    site = "/srv/mailroom/slots/blue/venv/lib/python3.13/site-packages"
    stacks = [
        f"run (/usr/lib/python3.13/threading.py:1);view ({site}/mailroom/messages/routes.py:3) 5",
        f"view ({site}/mailroom/messages/routes.py:3);execute ({site}/psycopg/cursor.py:9) 3",
        f"view ({site}/mailroom/wsgi.py:3) 1",
        "run (/usr/lib/python3.13/threading.py:1) 2",
        "[unknown] 4",
    ]

    assert by_package(stacks) == {
        "mailroom.messages": 5,
        "psycopg": 3,
        "mailroom.wsgi": 1,
        "Python's library": 2,
        "other": 4,
    }


def of(rate: float) -> Found:
    return Found("x", 50, 10.0, int(rate * 10), 0, Counter({10: 1}))


def test_rounds_are_compared_one_by_one() -> None:
    lines = list(table.of_rounds([(of(50), 1.0), (of(80), 1.6)], [(of(100), 1.0), (of(100), 1.0)]))

    assert lines[2:4] == ["| 1 | 50 | 100 | 50% | 2.00 | 1.00 |", "| 2 | 80 | 100 | 80% | 2.00 | 1.00 |"]
    assert lines[-1] == "Median: 65% of the bare handler's requests, 1.00 ms more CPU of the service for each."


def test_packages_beyond_the_first_are_one_line() -> None:
    lines = list(table.of_packages(Counter({f"p{number}": 1 for number in range(20)})))

    assert len(lines) == 2 + table.MOST_PACKAGES + 1
    assert lines[-1] == "| all others | 40% |"

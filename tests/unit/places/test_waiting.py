"""What `make drain` and `make undrain` wait for, and what they say if it doesn't come."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from roles.nginx.files.places import waiting
from roles.nginx.files.places.state import KEPT

HOST = "10.20.0.5"


def sites(*, ready: bool, places: int, why: str = "") -> dict[str, Any]:
    """Return what the service keeps of two applications on one host."""
    hosts = {HOST: {"name": "app-1", "ready": ready, "places": places, "why": why}}
    return {"mailroom": {"hosts": hosts}, "guest-book": {"hosts": {**hosts}}}


def test_a_host_has_left_when_no_place_of_any_application_leads_to_it() -> None:
    left = sites(ready=True, places=0)
    assert not waiting.in_the_way_of_leaving(left, HOST)

    left["guest-book"]["hosts"] = sites(ready=False, places=2)["mailroom"]["hosts"]
    assert waiting.in_the_way_of_leaving(left, HOST) == "2 places of guest-book lead to 10.20.0.5"


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (sites(ready=True, places=1), ""),
        (
            {"mailroom": sites(ready=False, places=0, why="it answered 503")["mailroom"]},
            "10.20.0.5 isn't ready for mailroom: it answered 503",
        ),
        (
            {"mailroom": sites(ready=False, places=0)["mailroom"]},
            "10.20.0.5 isn't ready for mailroom: it has to answer first",
        ),
        ({"mailroom": {"hosts": {}}}, "mailroom knows no host 10.20.0.5"),
    ],
    ids=["back", "not ready", "not asked often enough", "unknown"],
)
def test_a_host_is_back_when_places_of_every_application_lead_to_it(known: dict[str, Any], found: str) -> None:
    assert waiting.in_the_way_of_being_back(known, HOST) == found


def wait(folder: Path, seconds: float) -> str:
    return waiting.wait(folder, lambda known: waiting.in_the_way_of_leaving(known, HOST), seconds)


def test_it_waits_until_it_has_come(tmp_path: Path) -> None:
    (tmp_path / KEPT).write_text(json.dumps(sites(ready=True, places=3)))
    gone = json.dumps(sites(ready=False, places=0))
    later = threading.Timer(
        0.5, lambda: ((tmp_path / "new").write_text(gone), (tmp_path / "new").rename(tmp_path / KEPT))
    )
    later.start()
    begun = time.monotonic()

    assert not wait(tmp_path, 20)
    assert time.monotonic() - begun >= 0.4
    later.join()


def test_it_gives_up_after_its_time_and_says_what_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / KEPT).write_text(json.dumps({"mailroom": sites(ready=True, places=3)["mailroom"]}))

    assert wait(tmp_path, 0.3) == "after 0.3 s 3 places of mailroom lead to 10.20.0.5"

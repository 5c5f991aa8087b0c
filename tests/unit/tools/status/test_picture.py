"""`make status`: what is live, what is unfinished, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.library.entries import entry
from tools.ask import Answers
from tools.paint import Paint
from tools.status.picture import show

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1772370000.0  # 2026-03-01 13:00:00 UTC
LOCK = {"owner": "ann", "node": "laptop", "purpose": "release 1.1.0", "expires_after": 300}
WORK = {"kind": "release", "version": "1.1.0", "before": "1.0.0", "by": "ann on laptop", "since": NOW - 200}


def slot(release: str | None, lanes: int, web: str = "active", in_flight: int = 0) -> dict[str, Any]:
    return {"release": release, "lanes": lanes, "web": web, "worker": web, "in_flight": in_flight}


def host(blue: int = 20, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what a host tells whose blue slot has so many lanes."""
    live = {20: "blue", 0: "green"}.get(blue)
    slots = {"blue": slot("1.0.0", blue), "green": slot("1.1.0", 20 - blue, "inactive")}
    state = {"live": live, "divided": live is None, "slots": slots}
    told: dict[str, Any] = {
        "item": "mailroom",
        "slots": state,
        "lock": None,
        "work": None,
        "unreadable": [],
        "entries": [],
    }
    return {**told, "now": NOW, **more}


def lines(
    hosts: dict[str, Any], *, lost: dict[str, str] | None = None, alerts: Sequence[Any] | None = None
) -> list[str]:
    """Return what is shown of these hosts."""
    tasks: list[dict[str, Any]] = [{name: {"results": [one]} for name, one in hosts.items()}]
    if alerts is not None:
        tasks.append({"mon": {"json": {"data": {"alerts": list(alerts)}}}})
    return show("staging", Answers(tasks, lost or {}), 5, Paint(), NOW).splitlines()


def test_each_host_shows_its_slots_lanes_and_services() -> None:
    said = lines({"app-1": host(19)})

    assert said[0] == "mailroom in staging, 2026-03-01 13:00:00 UTC"
    assert said[1] == "app-1: lanes are divided"
    assert said[2].split() == ["blue", "█" * 19 + "·", "19", "1.0.0", "web", "active,", "worker", "active"]
    assert said[3].split()[:4] == ["green", "█" + "·" * 19, "1", "1.1.0"]


def test_the_live_version_is_said_in_words() -> None:
    assert lines({"app-1": host(0)})[1] == "app-1: 1.1.0 is live in slot green"


def test_before_the_first_release_nothing_is_live() -> None:
    fresh = {"live": None, "divided": False, "slots": {"blue": slot(None, 0), "green": slot(None, 0)}}
    said = lines({"app-1": host(slots=fresh)})

    assert said[1] == "app-1: nothing was released yet"
    assert "Nothing is in the ledger yet." in said


def test_requests_in_flight_are_shown_where_there_are_some() -> None:
    busy = host()
    busy["slots"]["slots"]["blue"]["in_flight"] = 3

    assert lines({"app-1": busy})[2].endswith("web active, worker active, 3 in flight")


def test_hosts_that_serve_different_versions_are_told() -> None:
    said = lines({"app-1": host(20), "app-2": host(0)})

    assert "The hosts differ: app-1: 1.0.0 is live in slot blue; app-2: 1.1.0 is live in slot green" in said


def test_the_same_version_in_different_slots_is_no_difference() -> None:
    other = host(0)
    other["slots"]["slots"]["green"]["release"] = "1.0.0"

    assert not any("differ" in line for line in lines({"app-1": host(20), "app-2": other}))


def test_the_holder_of_the_lock_is_told() -> None:
    lock = {**LOCK, "since": NOW - 200, "beat": NOW - 4}

    assert lines({"app-1": host(lock=lock)})[4] == (
        "  lock: ann@laptop for release 1.1.0, since 2026-03-01 12:56:40 UTC (3 min 20 s ago), "
        "last sign of life 4.0 s ago"
    )


def test_a_lock_that_expired_is_told_as_free() -> None:
    lock = {**LOCK, "since": NOW - 800, "beat": NOW - 400}

    assert lines({"app-1": host(lock=lock)})[4].endswith("expired 1 min 40 s ago, the next command takes it")


@pytest.mark.parametrize(
    ("work", "advice"),
    [
        ({"phase": "stage"}, "No lane has moved; `make release` of this or another version begins anew."),
        ({"phase": "gate"}, "`make release VERSION=1.1.0` goes on with it; `make rollback` goes back to 1.0.0."),
        ({"phase": "flip_back"}, "`make rollback` brings every lane back; `make release` does that first, too."),
        ({"phase": "cutover", "kind": "rollback"}, "`make rollback` brings it to its end."),
        (
            {"phase": "cutover", "kind": "split"},
            "It stays so until `make release VERSION=1.1.0` gives it all lanes, or `make rollback` none.",
        ),
        ({"phase": "?", "kind": "contract"}, "Run the same contract step again: it goes on from where it was."),
    ],
)
def test_unfinished_work_is_told_with_what_to_do_about_it(work: dict[str, str], advice: str) -> None:
    said = lines({"app-1": host(work={**WORK, **work})})

    kind = work.get("kind", "release")
    assert said[4].startswith(f"  unfinished: {kind} 1.1.0 by ann on laptop, in its phase {work['phase']}, since 2026")
    assert said[5] == f"    {advice}"


def test_while_somebody_is_at_it_waiting_comes_first() -> None:
    lock = {**LOCK, "since": NOW - 200, "beat": NOW - 4}
    said = lines({"app-1": host(lock=lock, work={**WORK, "phase": "bake"})})

    assert said[6] == "    ann@laptop is at it, seen 4.0 s ago: wait. Should that have died:"
    assert said[7].startswith("    `make release VERSION=1.1.0` goes on")


def test_files_that_cannot_be_read_and_hosts_that_cannot_be_asked_are_told() -> None:
    said = lines({"app-1": host(unreadable=["lock.json can't be read"])}, lost={"app-2": "unreachable: no route"})

    assert "  lock.json can't be read" in said
    assert said[-1] == "app-2 could not be asked, unreachable: no route"


def test_the_last_entries_of_the_ledger_are_shown_once() -> None:
    said = lines({"app-1": host(entries=[entry(1)]), "app-2": host(entries=[entry(1)])})

    assert sum("1.0.0 → 1.1.0" in line for line in said) == 1


def test_alerts_that_fire_are_shown_and_those_that_inform_are_not() -> None:
    labels = {"alertname": "NginxDown", "severity": "page", "instance": "app-1"}
    firing = {"state": "firing", "labels": labels, "annotations": {"summary": "nginx does not answer"}}
    pending = {**firing, "state": "pending"}
    watchdog = {**firing, "labels": {"alertname": "Watchdog", "severity": "info"}}

    assert lines({"app-1": host()}, alerts=[firing, pending, watchdog])[-1] == (
        "page: NginxDown (app-1): nginx does not answer"
    )
    assert lines({"app-1": host()}, alerts=[watchdog])[-1] == "No alert is firing."


def test_each_application_has_a_part_of_its_own() -> None:
    tasks = [{"app-1": {"results": [host(), host(item="guestbook")]}}]
    said = show("staging", Answers(tasks, {}), 5, Paint(), NOW)

    assert "mailroom in staging" in said
    assert "guestbook in staging" in said


def test_hosts_budgets_certificates_and_the_missing_backups_stand_before_the_alerts() -> None:
    tasks: list[dict[str, Any]] = [
        {"app-1": {"results": [host()]}},
        {"mon": {"json": {"data": {"alerts": []}}}},
        {
            "mon": {
                "json": {"data": {"result": [{"metric": {"figure": "host", "instance": "db-1"}, "value": [0, "0"]}]}}
            }
        },
    ]
    said = show("staging", Answers(tasks, {}), 5, Paint(), NOW).splitlines()

    assert said[-5:] == [
        "Hosts:       db-1 down",
        "Budget left: no objective is measured",
        "Certificate: none is probed",
        "Last backup: none is expected",
        "No alert is firing.",
    ]

"""What a release has to do on each host, from what was found on all of them."""

from __future__ import annotations

import pytest

from plugins.filter.durations import durations
from plugins.filter.release_plan import release_plan
from tests.unit.plugins.fleets import host, work


def test_a_release_goes_into_the_slot_that_is_not_live() -> None:
    plan = release_plan({"a": host("1.3.0", "1.2.0", (20, 0)), "b": host("1.3.0", "1.2.0", (20, 0))}, "1.4.0")

    assert plan["hosts"]["a"] == {"skip": False, "new": "green", "old": "blue", "lanes": 0}
    assert plan["hosts"]["a"] == plan["hosts"]["b"]
    assert (plan["before"], plan["undo"], plan["resume"], plan["told"], plan["refusal"]) == ("1.3.0", "", False, "", "")


def test_the_first_release_has_nothing_to_go_back_to() -> None:
    plan = release_plan({"a": host(None, None, (0, 0))}, "1.0.0")

    assert plan["hosts"]["a"] == {"skip": False, "new": "blue", "old": None, "lanes": 0}
    assert plan["before"] is None


def test_the_live_version_can_be_released_anew_for_changed_settings() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (0, 20)), "b": host("1.3.0", "1.4.0", (0, 20))}, "1.4.0")

    assert [mine["skip"] for mine in plan["hosts"].values()] == [False, False]
    assert plan["hosts"]["a"]["new"] == "blue"


def test_a_host_that_lacks_the_version_catches_up_alone() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (0, 20)), "b": host("1.3.0", "1.2.0", (20, 0))}, "1.4.0")

    assert plan["hosts"]["a"] == {"skip": True, "new": "green", "old": "blue", "lanes": 20}
    assert plan["hosts"]["b"] == {"skip": False, "new": "green", "old": "blue", "lanes": 0}


def test_a_blank_host_takes_the_same_slot_as_the_others() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (0, 20)), "b": host(None, None, (0, 0))}

    catching_up, going_on = (release_plan(fleet, version)["hosts"] for version in ("1.4.0", "1.5.0"))
    assert catching_up["b"] == {"skip": False, "new": "green", "old": None, "lanes": 0}
    assert (going_on["a"]["new"], going_on["b"]["new"]) == ("blue", "blue")


def test_hosts_that_serve_different_versions_take_no_third() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (0, 20)), "b": host("1.3.0", "1.4.0", (20, 0))}

    assert release_plan(fleet, "1.5.0")["refusal"] == (
        "the hosts serve different versions (a: 1.4.0, b: 1.3.0), so there is none to compare 1.5.0 with; nothing was "
        "changed. Bring all of them to one first, by `make release VERSION=1.3.0` or `make release VERSION=1.4.0`"
    )
    assert release_plan(fleet, "1.3.0")["refusal"] == ""


def test_a_release_that_was_cut_off_between_lanes_is_continued() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (15, 5), work()), "b": host("1.3.0", "1.4.0", (19, 1), work())}
    plan = release_plan(fleet, "1.4.0")

    assert plan["resume"]
    assert plan["undo"] == ""
    assert [mine["lanes"] for mine in plan["hosts"].values()] == [5, 1]
    assert plan["before"] == "1.3.0"
    assert plan["told"] == (
        "Found an unfinished release 1.4.0 by ann on laptop, cut off in its phase cutover (a, lanes moved: "
        "5 of 20 on a, 1 of 20 on b)."
    )


def test_a_release_that_was_cut_off_in_its_bake_is_continued() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (0, 20), work(phase="bake"))}, "1.4.0")

    assert plan["resume"]
    assert plan["hosts"]["a"] == {"skip": False, "new": "green", "old": "blue", "lanes": 20}


def test_a_release_that_was_cut_off_before_the_first_lane_begins_anew() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (20, 0), work(phase="start"))}, "1.4.0")

    assert not plan["resume"]
    assert plan["undo"] == ""
    assert plan["hosts"]["a"]["new"] == "green"


def test_an_unfinished_release_of_another_version_is_undone_first() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (0, 20), work(phase="bake"))}, "1.5.0")

    assert plan["undo"] == "1.3.0"
    assert plan["before"] == "1.3.0"
    assert plan["hosts"]["a"] == {"skip": False, "new": "green", "old": "blue", "lanes": 0}


def test_a_flip_back_that_was_cut_off_is_brought_to_its_end_first() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (15, 5), work(phase="flip_back"))}, "1.4.0")

    assert plan["undo"] == "1.3.0"
    assert not plan["resume"]


def test_a_host_that_had_finished_does_nothing_while_the_other_finishes() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (0, 20)), "b": host("1.3.0", "1.4.0", (0, 20), work(phase="finish"))}
    plan = release_plan(fleet, "1.4.0")

    assert plan["hosts"]["a"]["skip"]
    assert not plan["hosts"]["b"]["skip"]
    assert plan["resume"]


def test_a_split_becomes_a_release() -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (16, 4), work("split", phase="split"))}, "1.4.0")

    assert plan["resume"]
    assert plan["hosts"]["a"]["lanes"] == 4


def test_divided_lanes_that_nobody_noted_go_back_first() -> None:
    plan = release_plan({"a": host("1.3.0", "1.2.0", (12, 8))}, "1.4.0")

    assert plan["undo"] == "1.3.0"
    assert plan["hosts"]["a"]["new"] == "green"


def test_what_can_not_be_undone_is_refused() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (15, 5), work()), "b": host("1.1.0", "1.2.0", (0, 20))}

    assert release_plan(fleet, "1.5.0")["refusal"] == (
        "b holds no 1.3.0 (blue: 1.1.0, green: 1.2.0), to which the unfinished work has to go back first; "
        "`make status` tells more"
    )


def test_an_unfinished_first_release_begins_anew() -> None:
    plan = release_plan({"a": host("1.0.0", None, (0, 0), work(version="1.0.0", before=None, slot="blue"))}, "1.0.0")

    assert plan["hosts"]["a"]["new"] == "blue"
    assert (plan["undo"], plan["resume"]) == ("", False)


def test_phases_last_until_the_next_begins() -> None:
    assert durations({"begin": 10.0, "stage": 12.5, "start": 13.0}, 20.0) == {"begin": 2.5, "stage": 0.5, "start": 7.0}


@pytest.mark.parametrize("phase", ["stage", "migrate", "start"])
def test_work_of_another_version_that_moved_no_lane_needs_no_undoing(phase: str) -> None:
    plan = release_plan({"a": host("1.3.0", "1.4.0", (20, 0), work(phase=phase))}, "1.5.0")

    assert plan["undo"] == ""
    assert plan["hosts"]["a"]["new"] == "green"


def test_a_host_that_missed_the_flip_back_of_the_others_goes_back_first() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (20, 0)), "b": host("1.3.0", "1.4.0", (15, 5), work())}
    plan = release_plan(fleet, "1.4.0")

    assert not plan["resume"]
    assert plan["undo"] == "1.3.0"

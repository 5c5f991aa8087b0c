"""Where a rollback goes, from what was found on all hosts."""

from __future__ import annotations

from plugins.filter.release_plan import rollback_plan
from tests.unit.plugins.fleets import host, work


def test_it_goes_to_the_slot_before_on_every_host() -> None:
    plan = rollback_plan({"a": host("1.3.0", "1.4.0", (0, 20)), "b": host("1.4.0", "1.3.0", (20, 0))})

    assert plan["version"] == "1.3.0"
    assert plan["slots"] == {"a": "blue", "b": "green"}
    assert plan["before"] == "1.4.0"
    assert (plan["cold"], plan["refusal"]) == ([], "")


def test_a_slot_that_does_not_run_is_told() -> None:
    assert rollback_plan({"a": host("1.3.0", "1.4.0", (0, 20), cold="blue")})["cold"] == ["a"]


def test_without_a_release_before_it_is_refused() -> None:
    assert rollback_plan({"a": host("1.3.0", None, (20, 0))})["refusal"] == (
        "there is no release before the live one to roll back to (a holds blue: 1.3.0, green: empty); "
        "release another version instead"
    )


def test_an_unfinished_release_goes_back_to_what_was_live() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (15, 5), work()), "b": host("1.3.0", "1.4.0", (20, 0), work())}
    plan = rollback_plan(fleet)

    assert plan["version"] == "1.3.0"
    assert plan["slots"] == {"a": "blue", "b": "blue"}
    assert plan["told"].startswith("Found an unfinished release 1.4.0 by ann on laptop")


def test_a_rollback_that_was_cut_off_is_brought_to_its_end() -> None:
    back = work("rollback", "1.3.0", before="1.4.0", phase="flip_back", slot="blue")
    fleet = {"a": host("1.3.0", "1.4.0", (20, 0)), "b": host("1.3.0", "1.4.0", (0, 20), back)}
    plan = rollback_plan(fleet)

    assert plan["version"] == "1.3.0"
    assert plan["slots"] == {"a": "blue", "b": "blue"}


def test_hosts_that_serve_different_versions_have_no_version_before() -> None:
    plan = rollback_plan({"a": host("1.3.0", "1.4.0", (20, 0)), "b": host("1.3.0", "1.4.0", (0, 20))})

    assert plan["refusal"] == (
        "the hosts serve different versions (a: 1.3.0, b: 1.4.0), so none is the one before; "
        "nothing was changed. `make release VERSION=…` brings all of them to one"
    )


def test_a_host_that_does_not_hold_the_version_is_named() -> None:
    fleet = {"a": host("1.3.0", "1.4.0", (15, 5), work()), "b": host("1.4.0", "1.2.0", (20, 0))}

    assert rollback_plan(fleet)["refusal"] == (
        "b holds no 1.3.0 (blue: 1.4.0, green: 1.2.0); nothing was changed. `make release VERSION=1.3.0` "
        "brings it there"
    )

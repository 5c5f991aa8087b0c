"""Who is brought to what is live, from what was found on all app hosts."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.filter.join_plan import join_plan
from plugins.filter.release_plan import release_plan
from tests.unit.plugins.fleets import host, work

STAGED = [{"version": "1.4.0", "sha256": "ab"}, {"version": "1.3.0", "sha256": "cd"}]
BLANK = (None, None, (0, 0))
LIVE = ("1.3.0", "1.4.0", (0, 20))


def told(*found: Any, done: Any = None) -> dict[str, Any]:  # noqa: ANN401 - as fleets.host takes it
    """Return what app_info would tell of a host."""
    slots = host(*found)["slots"]
    return {"slots": slots | {"releases": STAGED if slots["live"] else []}, "work": done}


def test_a_host_without_a_release_gets_what_is_live_on_the_others() -> None:
    plan = join_plan({"b": told(*LIVE), "c": told(*BLANK), "a": told(*LIVE), "d": told(*BLANK)})

    assert plan == {"hosts": ["c", "d"], "version": "1.4.0", "sha256": "ab", "source": "a", "why": ""}


@pytest.mark.parametrize("hosts", [[BLANK, BLANK], [LIVE, LIVE]], ids=["nothing is live yet", "all serve"])
def test_nobody_joins_where_there_is_nothing_to_catch_up_with(hosts: list[Any]) -> None:
    plan = join_plan({str(number): told(*one) for number, one in enumerate(hosts)})

    assert (plan["hosts"], plan["why"]) == ([], "")


@pytest.mark.parametrize(
    "other",
    [told("1.3.0", "1.4.0", (20, 0)), told("1.3.0", "1.4.0", (15, 5), done=work())],
    ids=["different versions", "a release on its way"],
)
def test_a_host_waits_while_the_others_are_not_at_one(other: dict[str, Any]) -> None:
    plan = join_plan({"a": told(*LIVE), "b": other, "c": told(*BLANK)})

    assert plan["hosts"] == []
    assert "c: serves nothing until `make release` or `make rollback` has ended its work" in plan["why"].replace(
        "b, ", ""
    )


@pytest.mark.parametrize("staged", [None, "1.4.0"], ids=["before it was staged", "before the first lane"])
def test_a_join_that_was_cut_off_is_begun_anew_on_that_host_alone(staged: str | None) -> None:
    cut = work("join", "1.4.0", before="1.4.0", phase="start")
    found = {"a": told(*LIVE), "c": told(None, staged, (0, 0), done=cut)}

    assert join_plan(found)["hosts"] == ["c"]
    plan = release_plan({"a": host(*LIVE), "c": host(None, staged, (0, 0), cut)}, "1.4.0")
    assert (plan["undo"], plan["refusal"]) == ("", "")
    assert plan["hosts"]["a"]["skip"]
    assert plan["hosts"]["c"]["new"] == "green"


def test_after_a_join_that_was_cut_off_another_version_goes_to_all() -> None:
    cut = work("join", "1.4.0", before="1.4.0", phase="stage")
    plan = release_plan({"a": host(*LIVE), "c": host(*BLANK, cut)}, "1.5.0")

    assert (plan["undo"], plan["refusal"], plan["before"]) == ("", "", "1.4.0")
    assert [mine["skip"] for mine in plan["hosts"].values()] == [False, False]

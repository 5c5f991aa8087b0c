"""A host is out after several misses in a row, and back after several answers in a row."""

from __future__ import annotations

import pytest

from roles.nginx.files.places.verdict import Verdict


def changes(verdict: Verdict, looks: str) -> list[bool]:
    """Return after which looks the verdict changed; "+" is a good answer, "-" a miss."""
    return [verdict.hear("" if look == "+" else "no answer", misses=2, answers=3) for look in looks]


@pytest.mark.parametrize(
    ("ready", "looks", "changed_at"),
    [
        (True, "+++", None),
        (True, "-+-+", None),
        (True, "--", 1),
        (False, "++-++", None),
        (False, "+++", 2),
        (False, "---", None),
    ],
)
def test_only_looks_in_a_row_change_a_verdict(ready: bool, looks: str, changed_at: int | None) -> None:  # noqa: FBT001
    verdict = Verdict(ready)

    assert [number for number, changed in enumerate(changes(verdict, looks)) if changed] == (
        [] if changed_at is None else [changed_at]
    )
    assert verdict.ready is (ready if changed_at is None else not ready)


def test_a_verdict_that_changed_begins_to_count_anew() -> None:
    verdict = Verdict(ready=True)

    assert changes(verdict, "--" + "++") == [False, True, False, False]
    assert changes(verdict, "+") == [True]


def test_it_knows_why_a_host_is_out() -> None:
    verdict = Verdict(ready=True)
    verdict.hear("it answered 503", misses=1, answers=1)

    assert (verdict.ready, verdict.why) == (False, "it answered 503")

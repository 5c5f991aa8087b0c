"""What a recording becomes: totals, phases, releases, JSON, a table."""

import json

import pytest

from tests.load.phases import Mark, Phases
from tests.load.recording import Ending, Outcome, Recording, Result
from tests.load.report import LoadReport, make_report
from tests.load.table import table


def recording() -> Recording:
    """Ten requests, one a second from 100 on, 10 ms each; the sixth is cut, 1.1 takes over from 1.0 with the fourth."""
    made = Recording("feed", start=100.0, end=110.0)
    for number in range(10):
        due = 100.0 + number
        if number == 5:
            made.add(Result(number, due, due, due + 0.5, Outcome.CUT_MID_ANSWER, detail="GET /: end of stream"))
        else:
            made.add(Result(number, due, due, due + 0.01, Outcome.OK, "1.0" if number < 4 else "1.1"))
    made.connection_opened(99.9)
    made.connection_ended(105.5, Ending.CUT_MID_ANSWER)
    made.connection_opened(106.0)
    made.connection_ended(110.1, Ending.BY_US)
    return made


def report(*marks: Mark) -> LoadReport:
    return make_report(recording(), marks, rate=1, connections=1)


def test_requests_fall_to_the_phase_in_which_they_came_due() -> None:
    made = report(Mark("rest", 99.0), Mark("during", 104.0))
    assert [(phase.name, phase.due, phase.failed, phase.cut) for phase in made.phases] == [
        ("rest", 4, 0, 0),
        ("during", 6, 1, 1),
    ]
    assert (made.total.due, made.total.failed, made.total.lost) == (10, 1, 1)


def test_a_phase_that_is_marked_again_goes_on() -> None:
    made = report(Mark("rest", 100.0), Mark("during", 103.0), Mark("rest", 107.0))
    assert (made.phase("rest").due, made.phase("rest").seconds) == (6, 6.0)
    assert (made.phase("during").due, made.phase("during").seconds) == (4, 4.0)


def test_what_came_due_before_the_first_mark_has_a_phase_of_its_own() -> None:
    made = report(Mark("during", 103.0))
    assert [(phase.name, phase.due) for phase in made.phases] == [("before", 3), ("during", 7)]


def test_a_load_without_marks_has_a_total_only() -> None:
    assert report().phases == ()


def test_a_phase_that_was_never_marked_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match=r"no phase 'during'; there are \['rest'\]"):
        report(Mark("rest", 100.0)).phase("during")


def test_phases_add_up_to_the_total() -> None:
    made = report(Mark("a", 101.5), Mark("b", 104.0), Mark("a", 105.2), Mark("c", 109.0))
    for figure in ("due", "sent", "answered", "ok", "lost", "failed", "opened", "cut"):
        assert sum(getattr(phase, figure) for phase in made.phases) == getattr(made.total, figure), figure


def test_releases_are_listed_in_the_order_they_appeared_with_their_times() -> None:
    first, second = report().total.releases
    assert (first.name, first.answers, first.first, first.last) == ("1.0", 4, 0.01, 3.01)
    assert (second.name, second.answers, second.first, second.last) == ("1.1", 5, 4.01, 9.01)
    assert report().total.release_names == {"1.0", "1.1"}


def test_the_longest_gap_is_between_right_answers() -> None:
    assert report().total.longest_gap_ms == pytest.approx(2000)


def test_a_report_of_nothing_is_not_clean() -> None:
    made = make_report(Recording("feed", start=1.0, end=2.0), (), rate=1, connections=1)
    assert not made.clean
    assert made.total.p99_ms is None


def test_a_mark_after_the_end_makes_an_empty_phase() -> None:
    made = report(Mark("rest", 100.0), Mark("during", 200.0))
    assert (made.phase("during").due, made.phase("during").seconds) == (0, 0.0)
    assert not made.phase("during").clean


def test_json_holds_every_figure() -> None:
    found = json.loads(report(Mark("rest", 100.0)).to_json())
    assert found["clean"] is False
    assert found["total"]["failures"] == {"cut_mid_answer": 1}
    assert found["phases"][0]["name"] == "rest"
    assert found["first_failures"][0]["request_id"] == "load-feed-5"


def test_the_table_is_aligned_and_names_the_failure() -> None:
    lines = table(report(Mark("rest", 100.0), Mark("during", 105.0))).splitlines()
    head = next(line for line in lines if "total" in line)
    due = next(line for line in lines if line.startswith("requests due"))
    assert len(head) == len(due)
    assert due.split()[-3:] == ["10", "5", "5"]
    assert any("load-feed-5" in line and "GET /: end of stream" in line for line in lines)
    assert lines[-1] == "NOT CLEAN"


def test_a_moment_at_a_mark_belongs_to_the_new_phase() -> None:
    phases = Phases([Mark("rest", 1.0), Mark("during", 2.0)], 0.0, 3.0)
    assert [phases.name(moment) for moment in (0.5, 1.0, 1.99, 2.0, 9.0)] == [
        "before",
        "rest",
        "rest",
        "during",
        "during",
    ]

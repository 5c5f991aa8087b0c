"""What a way of releasing cost, worked out of a load's report."""

from tests.load.compare.outcome import DURING, REST, Outcome, outcome
from tests.load.phases import Mark
from tests.load.recording import Ending, Recording, Result
from tests.load.recording import Outcome as Ended
from tests.load.report import LoadReport, make_report


def report() -> LoadReport:
    """Return a load of two seconds at rest and two during, with a hole, a failure and a cut in the second half."""
    recording = Recording("0badcafe")
    recording.start, recording.end, recording.latest_arrival = 100.0, 104.0, 0.004
    for number in range(40):
        due = 100.0 + number / 10
        if 102.5 < due < 103.5:
            continue
        how = Ended.WRONG_STATUS if number == 22 else Ended.OK
        recording.add(Result(number, due, due, due + (0.01 if due < 102 else 0.03), how))
    recording.connection_opened(100.0)
    recording.connection_ended(103.0, Ending.CUT_IDLE)
    return make_report(recording, [Mark(REST, 100.0), Mark(DURING, 102.0)], 10, 1)


def row(*took: float | None) -> Outcome:
    return outcome("a way", report(), took)


def test_losses_count_from_the_first_release_on() -> None:
    assert (row(1.0).failed, row(1.0).cut, row(1.0).rest_failed) == (1, 1, 0)


def test_the_gap_is_the_longest_time_without_a_right_answer() -> None:
    assert 900 < row(1.0).longest_gap_ms < 1100


def test_latencies_at_rest_and_during_are_told_apart() -> None:
    assert (row(1.0).rest_p99_ms, row(1.0).during_p99_ms) == (10.0, 30.0)


def test_the_seconds_of_a_release_are_the_median_of_those_that_were_answered() -> None:
    assert row(1.0, None, 3.0, 2.0).seconds == 2.0


def test_a_release_whose_version_never_answered_is_counted_as_such() -> None:
    assert (row(1.0, None).releases, row(1.0, None).answered) == (2, 1)


def test_there_are_no_seconds_where_no_new_version_ever_answered() -> None:
    assert row(None).seconds is None

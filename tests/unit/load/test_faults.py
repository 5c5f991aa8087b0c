"""Each fault that a server makes is counted once, as what it is."""

import pytest

from tests.load.report import LoadReport
from tests.unit.load.authority import Authority
from tests.unit.load.conftest import Run
from tests.unit.load.fault_server import Fault, FaultServer, every


def all_connections_accounted_for(report: LoadReport) -> bool:
    return report.total.opened == sum(report.total.ended.values())


def test_a_server_without_fault_gives_a_clean_report(authority: Authority, run: Run) -> None:
    with FaultServer(authority) as server:
        report = run(server)
    assert report.clean
    assert (report.total.due, report.total.sent, report.total.answered, report.total.ok) == (100, 100, 100, 100)
    assert (report.total.failed, report.total.lost, report.total.cut) == (0, 0, 0)
    assert report.total.opened == server.connections == 8
    assert all_connections_accounted_for(report)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.CUT_BEFORE, "cut_before_answer"),
        (Fault.RESET_BEFORE, "cut_before_answer"),
        (Fault.CUT_MID, "cut_mid_answer"),
        (Fault.RESET_MID, "cut_mid_answer"),
    ],
)
def test_a_connection_cut_under_a_request_loses_that_request_and_no_other(
    authority: Authority, run: Run, fault: Fault, kind: str
) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        report = run(server)
    assert server.made[fault] == 11
    assert report.total.failures == {kind: 11}
    assert (report.total.lost, report.total.cut, report.total.ended[kind]) == (11, 11, 11)
    assert not report.clean
    assert all_connections_accounted_for(report)


@pytest.mark.parametrize("fault", [Fault.CUT_IDLE, Fault.RESET_IDLE])
def test_an_idle_connection_that_is_cut_is_counted_though_no_request_is_lost(
    authority: Authority, run: Run, fault: Fault
) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        report = run(server, rate=50, seconds=1, connections=16)  # a connection's turn comes long after its cut
    assert server.made[fault] > 0
    assert (report.total.cut, report.total.ended["cut_idle"]) == (server.made[fault], server.made[fault])
    assert (report.total.failed, report.total.lost) == (0, 0)
    assert not report.clean
    assert all_connections_accounted_for(report)


def test_an_announced_close_is_orderly(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(9, Fault.ANNOUNCE)) as server:
        report = run(server)
    assert report.clean
    assert report.total.ended["announced"] == server.made[Fault.ANNOUNCE] == 11
    assert all_connections_accounted_for(report)


@pytest.mark.parametrize(
    ("fault", "kind", "detail"),
    [
        (Fault.BAD_GATEWAY, "wrong_status", "status 502"),
        (Fault.WRONG_BODY, "wrong_body", '"state": "wrong"'),
        (Fault.WRONG_ID, "wrong_id", "X-Request-ID is 'load-0-0'"),
    ],
)
def test_a_wrong_answer_is_a_failure_but_not_lost(
    authority: Authority, run: Run, fault: Fault, kind: str, detail: str
) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        report = run(server)
    assert report.total.failures == {kind: server.made[fault]} == {kind: 11}
    assert (report.total.lost, report.total.cut, report.total.answered) == (0, 0, 100)
    assert detail in report.first_failures[0].detail
    assert not report.clean


def test_a_request_that_is_never_answered_times_out_and_is_lost(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(30, Fault.NEVER)) as server:
        report = run(server, timeout=3)
    assert report.total.failures == {"timeout": 3} == {"timeout": server.made[Fault.NEVER]}
    assert (report.total.lost, report.total.cut, report.total.ended["abandoned"]) == (3, 0, 3)
    assert "no whole answer within 3 s" in report.first_failures[0].detail
    assert all_connections_accounted_for(report)


def test_a_late_answer_is_no_failure_but_is_seen_in_the_latency(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(9, Fault.SLOW), slow=0.3) as server:
        report = run(server)
    assert report.clean
    assert report.total.slowest_ms is not None
    assert report.total.slowest_ms >= 300


@pytest.mark.parametrize("fault", [Fault.UNFRAMED, Fault.GARBAGE])
def test_an_answer_that_does_not_prove_to_be_whole_is_bad(authority: Authority, run: Run, fault: Fault) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        report = run(server)
    assert report.total.failures == {"bad_answer": 11}
    assert (report.total.lost, report.total.ended["abandoned"]) == (11, 11)
    assert all_connections_accounted_for(report)


def test_an_answer_too_many_is_noticed(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(9, Fault.TWICE)) as server:
        report = run(server)
    assert (report.total.failed, report.total.unasked, report.total.cut) == (0, 11, 0)
    assert not report.clean


def test_no_request_is_sent_twice_whatever_happens_to_it(authority: Authority, run: Run) -> None:
    faults = (Fault.CUT_BEFORE, Fault.RESET_BEFORE, Fault.CUT_MID, Fault.BAD_GATEWAY, Fault.NONE)
    with FaultServer(authority, lambda number: faults[number % len(faults)]) as server:
        report = run(server)
    ids = [own_id for own_id, _, _ in server.requests]
    assert len(ids) == len(set(ids)) == report.total.sent == 100


def test_faults_of_several_kinds_are_told_apart_in_one_run(authority: Authority, run: Run) -> None:
    faults = {3: Fault.CUT_MID, 11: Fault.BAD_GATEWAY, 25: Fault.RESET_BEFORE, 40: Fault.WRONG_BODY, 41: Fault.CUT_MID}
    with FaultServer(authority, lambda number: faults.get(number, Fault.NONE)) as server:
        report = run(server)
    assert report.total.failures == {
        "wrong_status": 1,
        "wrong_body": 1,
        "cut_before_answer": 1,
        "cut_mid_answer": 2,
    }
    assert (report.total.failed, report.total.lost, report.total.ok) == (5, 3, 95)


def test_faults_on_fresh_connections_are_counted_alike(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(9, Fault.CUT_MID)) as server:
        report = run(server, fresh=1)
    assert report.total.failures == {"cut_mid_answer": 11}
    assert report.total.ended == {"by_us": 89, "cut_mid_answer": 11}


def test_requests_that_wait_for_a_stalled_server_count_their_waiting(authority: Authority, run: Run) -> None:
    with FaultServer(authority, lambda _: Fault.SLOW, slow=0.1) as server:
        report = run(server, connections=2, rate=100, seconds=0.5, timeout=20)
    # 50 requests through 2 connections at 0.1 s each take 2.5 s; a closed loop would have called all of them 0.1 s.
    assert report.clean
    assert report.total.slowest_ms is not None
    assert report.total.slowest_ms > 1500


def test_requests_that_find_no_free_connection_in_time_fail_unsent(authority: Authority, run: Run) -> None:
    with FaultServer(authority, lambda _: Fault.NEVER) as server:
        report = run(server, connections=2, rate=100, seconds=0.5, timeout=0.2)
    assert report.total.due == 50
    assert report.total.sent == server.made[Fault.NEVER] == report.total.lost
    assert report.total.failed == 50
    assert set(report.total.failures) <= {"timeout", "overflow"}

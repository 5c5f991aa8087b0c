"""Each fault that a real server makes is counted once, as what it is, and nothing is sent twice."""

from typing import Any

import pytest

from tests.unit.load.authority import Authority
from tests.unit.load.fault_server import Fault, FaultServer, every
from tests.unit.probe.conftest import Run


def every_connection_is_accounted_for(state: dict[str, Any]) -> bool:
    connections = state["connections"]
    return bool(connections["opened"] == sum(connections.values()) - connections["opened"])


def all_right_but(state: dict[str, Any], kind: str, times: int) -> bool:
    """Whether as many requests failed as the server failed, and of no other kind; a slow machine sends fewer."""
    return bool(times > 0 and state["outcomes"] == {"ok": state["sent"] - times, kind: times})


def test_a_server_without_fault_loses_nothing(authority: Authority, run: Run) -> None:
    with FaultServer(authority) as server:
        state = run(server)
    assert state["sent"] == state["answered"] == len(server.requests) > 0
    assert (state["failed"], state["in_flight"], state["failures"]) == (0, 0, [])
    assert state["versions"] == {"1.0.0": state["sent"]}
    assert state["connections"]["opened"] == server.connections
    assert every_connection_is_accounted_for(state)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.CUT_BEFORE, "cut before answer"),
        (Fault.RESET_BEFORE, "cut before answer"),
        (Fault.CUT_MID, "cut mid answer"),
        (Fault.RESET_MID, "cut mid answer"),
    ],
)
def test_a_connection_cut_under_a_request_loses_that_request_and_no_other(
    authority: Authority, run: Run, fault: Fault, kind: str
) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        state = run(server)
    assert all_right_but(state, kind, server.made[fault])
    assert (state["failed"], state["connections"][kind]) == (server.made[fault], server.made[fault])
    assert every_connection_is_accounted_for(state)


@pytest.mark.parametrize("fault", [Fault.CUT_IDLE, Fault.RESET_IDLE])
def test_an_idle_connection_that_is_cut_is_counted_though_no_request_is_lost(
    authority: Authority, run: Run, fault: Fault
) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        state = run(server, rate=50, limit=1, connections=16)  # a connection's turn comes long after its cut
    assert server.made[fault] > 0
    assert state["connections"]["cut idle"] == server.made[fault]
    assert (state["failed"], state["sent"]) == (0, len(server.requests))
    assert every_connection_is_accounted_for(state)


def test_an_announced_close_is_orderly(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(9, Fault.ANNOUNCE)) as server:
        state = run(server)
    assert (state["failed"], state["connections"]["cut idle"]) == (0, 0)
    assert state["connections"]["announced"] == server.made[Fault.ANNOUNCE] > 0
    assert every_connection_is_accounted_for(state)


@pytest.mark.parametrize(
    ("fault", "kind", "detail"),
    [
        (Fault.BAD_GATEWAY, "wrong status", "status 502"),
        (Fault.WRONG_BODY, "wrong body", "state isn't 'right'"),
        (Fault.WRONG_ID, "wrong id", "X-Request-ID is 'load-0-0'"),
    ],
)
def test_a_wrong_answer_fails_with_what_was_wrong(
    authority: Authority, run: Run, fault: Fault, kind: str, detail: str
) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        state = run(server)
    assert all_right_but(state, kind, server.made[fault])
    assert state["answered"] == state["sent"]
    assert detail in state["failures"][0]["detail"]


def test_a_request_that_is_never_answered_times_out(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(30, Fault.NEVER)) as server:
        state = run(server, timeout=2)
    assert all_right_but(state, "timeout", server.made[Fault.NEVER])
    assert state["connections"]["abandoned"] == server.made[Fault.NEVER]
    assert "no whole answer within 2 s" in state["failures"][0]["detail"]
    assert every_connection_is_accounted_for(state)


@pytest.mark.parametrize("fault", [Fault.UNFRAMED, Fault.GARBAGE])
def test_an_answer_that_does_not_prove_to_be_whole_is_bad(authority: Authority, run: Run, fault: Fault) -> None:
    with FaultServer(authority, every(9, fault)) as server:
        state = run(server)
    assert all_right_but(state, "bad answer", server.made[fault])
    assert every_connection_is_accounted_for(state)


def test_an_answer_too_many_is_noticed(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(9, Fault.TWICE)) as server:
        state = run(server)
    assert (state["failed"], state["connections"]["unasked"]) == (0, server.made[Fault.TWICE])


def test_a_slow_answer_does_not_slow_the_sending(authority: Authority, run: Run) -> None:
    with FaultServer(authority, every(2, Fault.SLOW), slow=0.5) as server:
        state = run(server, connections=2, timeout=20)
    assert state["failed"] == 0
    assert 400 < state["p95_ms"] <= state["p99_ms"] <= state["slowest_ms"]
    assert state["connections"]["opened"] > 10


def test_a_server_that_is_not_there_refuses_every_request(authority: Authority, run: Run) -> None:
    with FaultServer(authority) as server:
        pass
    state = run(server, rate=50)
    assert state["outcomes"] == {"refused": state["sent"]}
    assert "ConnectionRefusedError" in state["failures"][0]["detail"]


def test_a_certificate_of_another_authority_is_refused(authority: Authority, run: Run) -> None:
    with FaultServer(authority) as server:
        state = run(server, rate=10, ca=None)
    assert state["outcomes"] == {"refused": state["sent"]}
    assert "CERTIFICATE_VERIFY_FAILED" in state["failures"][0]["detail"]


def test_no_request_is_sent_twice_whatever_happens_to_it(authority: Authority, run: Run) -> None:
    faults = (Fault.CUT_BEFORE, Fault.RESET_BEFORE, Fault.CUT_MID, Fault.CUT_IDLE, Fault.BAD_GATEWAY, Fault.NONE)
    with FaultServer(authority, lambda number: faults[number % len(faults)]) as server:
        state = run(server, fresh=0.3)
    seen = [request_id for request_id, _, _ in server.requests]
    assert 0 < len(seen) == len(set(seen)) <= state["sent"]


def test_fresh_connections_carry_their_share_one_request_each(authority: Authority, run: Run) -> None:
    with FaultServer(authority) as server:
        state = run(server, fresh=0.2, rate=50, limit=2, connections=4)
    assert state["failed"] == 0
    assert state["connections"]["by us"] == pytest.approx(0.2 * state["sent"] + 4, abs=4)
    assert every_connection_is_accounted_for(state)

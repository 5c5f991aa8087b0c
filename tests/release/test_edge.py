"""Two app hosts behind an edge: who is asked, what is asked again, and what is lost when a host goes."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.fleet import Fleet
from tests.local_host import wait_for
from tests.web import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(1200)

FIRST, SECOND = "fleet-app-1", "fleet-app-2"


@pytest.fixture
def site(live_fleet: Fleet) -> Site:
    """Return the site as clients reach it."""
    edge = live_fleet.edge
    return Site(edge, live_fleet.addresses[edge], ("mailroom.test",), live_fleet.certificate)


def logged(fleet: Fleet, host: str, mark: str, count: int) -> list[dict[str, Any]]:
    """Return the lines of a host's access log whose request ids begin with a mark, once there are so many.

    nginx writes its log once a second, so it's looked into until the lines are there, and once more a while later:
    more of them than `count` are seen, too.
    """
    command = f'grep -F \'"request_id":"{mark}\' /var/log/nginx/access.log || true'
    wait_for(lambda: len(fleet.run(host, command).splitlines()) >= count, f"{count} lines with {mark} on {host}")
    time.sleep(1.5)
    return [dict(json.loads(line)) for line in fleet.run(host, command).splitlines()]


def post(site: Site, fleet: Fleet, request_id: str) -> Answer:
    """Post a message under a request id; none is as another, which Mailroom would refuse."""
    message = {"to": "edge@example.org", "subject": "edge", "text": request_id}
    headers = {"X-Request-ID": request_id, "Content-Type": "application/json", "Authorization": f"Bearer {fleet.key}"}
    return site.ask("/api/v1/messages", "POST", headers=headers, body=json.dumps(message).encode())


def marked() -> str:
    """Return a beginning of request ids that nobody else uses."""
    return f"edge-{uuid.uuid4().hex[:12]}"


def test_requests_through_the_edge_reach_both_app_hosts(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    for number in range(40):
        assert site.ask("/health/ready", headers={"X-Request-ID": f"{mark}-{number}"}).status == 200

    logged(live_fleet, live_fleet.edge, mark, 40)
    shares = {host: len(logged(live_fleet, host, mark, 10)) for host in (FIRST, SECOND)}
    assert sum(shares.values()) == 40
    assert min(shares.values()) >= 10, shares


def test_an_app_host_learns_who_asked_from_its_edge_and_not_from_the_client(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    lies = {"X-Real-IP": "203.0.113.9", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher"}
    site.ask("/health/live", headers={"X-Request-ID": mark, **lies})

    (seen,) = logged(live_fleet, live_fleet.edge, mark, 1)
    (passed,) = logged(live_fleet, FIRST, mark, 0) + logged(live_fleet, SECOND, mark, 0)
    assert passed["remote"] == seen["remote"]
    assert passed["remote"] not in {"203.0.113.9", *live_fleet.addresses.values()}


def test_an_app_host_believes_nobody_but_its_edge(live_fleet: Fleet) -> None:
    mark = marked()
    address = live_fleet.addresses[FIRST]
    lies = f"-H 'X-Request-ID: {mark}' -H 'X-Real-IP: 203.0.113.9'"
    live_fleet.run(FIRST, f"curl --silent --fail {lies} http://{address}:8000/health/live")

    assert [line["remote"] for line in logged(live_fleet, FIRST, mark, 1)] == [address]


def test_no_answer_of_an_app_host_carries_a_header_twice(site: Site) -> None:
    headers = site.ask("/health/live").headers

    assert [name for name in set(headers) if len(headers.get_all(name) or []) > 1] == []


def hang(pool: ThreadPoolExecutor, fleet: Fleet, site: Site, mark: str, method: str) -> dict[str, Future[Answer]]:
    """Stop the first host's service and send requests until one isn't answered; return all that were sent, by id."""
    slot = fleet.slots()[FIRST]["live"]
    fleet.run(FIRST, f"systemctl kill --signal STOP mailroom-web@{slot}.service")
    sent: dict[str, Future[Answer]] = {}
    for number in range(20):
        request_id = f"{mark}-{number}"
        if method == "POST":
            sent[request_id] = pool.submit(post, site, fleet, request_id)
        else:
            sent[request_id] = pool.submit(site.ask, "/health/ready", headers={"X-Request-ID": request_id})
        if wait([sent[request_id]], timeout=1).not_done:
            return sent
    raise AssertionError("no request went to the host that hangs")


@contextmanager
def cut_off(fleet: Fleet) -> Iterator[None]:
    """Have nginx on the first host die at once and stay away for a while, and its service work again."""
    dies = "systemctl mask --runtime nginx.service; systemctl kill --signal KILL nginx.service"
    fleet.run(FIRST, f"{dies}; systemctl kill --signal CONT 'mailroom-web@*.service'")
    try:
        yield
    finally:
        fleet.run(FIRST, "systemctl unmask --runtime nginx.service; systemctl reset-failed nginx.service || true")
        fleet.run(FIRST, "systemctl start nginx.service")


def cut_off_while_asked(fleet: Fleet, site: Site, mark: str, method: str) -> list[dict[str, Any]]:
    """Let the first host hang, then die, and return what the edge logged of all requests meanwhile."""
    with ThreadPoolExecutor() as pool:
        sent = hang(pool, fleet, site, mark, method)
        with cut_off(fleet):
            statuses = {request_id: answer.result().status for request_id, answer in sent.items()}
    lines = logged(fleet, fleet.edge, mark, len(sent))
    assert {line["request_id"]: line["status"] for line in lines} == statuses
    return lines


def test_a_post_that_was_sent_to_a_host_that_dies_is_not_sent_to_another(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    lines = cut_off_while_asked(live_fleet, site, mark, "POST")

    lost = {line["request_id"] for line in lines if line["status"] == 502}
    assert lost
    assert {line["status"] for line in lines} <= {202, 502}
    assert [line for line in lines if "," in line["upstream"]] == []
    answered = logged(live_fleet, SECOND, mark, len(lines) - len(lost))
    assert not lost & {line["request_id"] for line in answered}


def test_a_get_that_was_sent_to_a_host_that_dies_is_answered_by_another(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    lines = cut_off_while_asked(live_fleet, site, mark, "GET")

    assert {line["status"] for line in lines} == {200}
    assert [line for line in lines if "," in line["upstream"]], "no request was sent to both hosts"
    answered = logged(live_fleet, SECOND, mark, len(lines))
    assert {line["request_id"] for line in answered} == {line["request_id"] for line in lines}

"""Two app hosts behind an edge: who is asked, what is asked again, and what is lost when a host goes."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.fleet import Fleet
from tests.local_host import wait_for
from tests.web import Answer, Site

pytestmark = pytest.mark.timeout(1200)

MESSAGE = json.dumps({"to": "edge@example.org", "subject": "edge", "text": "edge"}).encode()
FIRST, SECOND = "fleet-app-1", "fleet-app-2"


@pytest.fixture
def site(live_fleet: Fleet) -> Site:
    """Return the site as clients reach it."""
    edge = live_fleet.edge
    return Site(edge, live_fleet.addresses[edge], ("mailroom.test",), live_fleet.certificate)


def logged(fleet: Fleet, host: str, mark: str) -> list[dict[str, Any]]:
    """Return the lines of a host's access log whose request ids begin with a mark; nginx writes once a second."""
    time.sleep(1.5)
    lines = fleet.run(host, f'grep -F \'"request_id":"{mark}\' /var/log/nginx/access.log || true').splitlines()
    return [dict(json.loads(line)) for line in lines]


def post(site: Site, fleet: Fleet, request_id: str) -> Answer:
    """Post a message under a request id."""
    headers = {"X-Request-ID": request_id, "Content-Type": "application/json", "Authorization": f"Bearer {fleet.key}"}
    return site.ask("/api/v1/messages", "POST", headers=headers, body=MESSAGE)


def marked() -> str:
    """Return a beginning of request ids that nobody else uses."""
    return f"edge-{uuid.uuid4().hex[:12]}"


def test_requests_through_the_edge_reach_both_app_hosts(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    for number in range(40):
        assert site.ask("/health/ready", headers={"X-Request-ID": f"{mark}-{number}"}).status == 200

    shares = {host: len(logged(live_fleet, host, mark)) for host in (FIRST, SECOND)}
    assert sum(shares.values()) == 40
    assert min(shares.values()) >= 10, shares


def test_an_app_host_learns_who_asked_from_its_edge_and_not_from_the_client(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    lies = {"X-Real-IP": "203.0.113.9", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher"}
    site.ask("/health/live", headers={"X-Request-ID": mark, **lies})

    (seen,) = logged(live_fleet, live_fleet.edge, mark)
    (passed,) = logged(live_fleet, FIRST, mark) + logged(live_fleet, SECOND, mark)
    assert passed["remote"] == seen["remote"]
    assert passed["remote"] not in {"203.0.113.9", *live_fleet.addresses.values()}


def test_an_app_host_believes_nobody_but_its_edge(live_fleet: Fleet) -> None:
    mark = marked()
    address = live_fleet.addresses[FIRST]
    lies = f"-H 'X-Request-ID: {mark}' -H 'X-Real-IP: 203.0.113.9'"
    live_fleet.run(FIRST, f"curl --silent --fail {lies} http://{address}:8000/health/live")

    assert [line["remote"] for line in logged(live_fleet, FIRST, mark)] == [address]


def test_no_answer_of_an_app_host_carries_a_header_twice(site: Site) -> None:
    headers = site.ask("/health/live").headers

    assert [name for name in set(headers) if len(headers.get_all(name) or []) > 1] == []


def hang(pool: ThreadPoolExecutor, fleet: Fleet, site: Site, mark: str, method: str) -> dict[str, Future[Answer]]:
    """Send requests until some hang at the first host, whose service is stopped; return those, by id."""
    slot = fleet.slots()[FIRST]["live"]
    fleet.run(FIRST, f"systemctl kill --signal STOP mailroom-web@{slot}.service")
    sent = {}
    for number in range(6):
        request_id = f"{mark}-{number}"
        if method == "POST":
            sent[request_id] = pool.submit(post, site, fleet, request_id)
        else:
            sent[request_id] = pool.submit(site.ask, "/health/ready", headers={"X-Request-ID": request_id})
        time.sleep(0.5)
    hanging = {request_id: answer for request_id, answer in sent.items() if not answer.done()}
    assert hanging, "no request went to the host that hangs"
    return hanging


def cut_off(fleet: Fleet) -> None:
    """Have nginx on the first host die at once, and its service work again."""
    fleet.run(
        FIRST, "systemctl kill --signal KILL nginx.service; systemctl kill --signal CONT 'mailroom-web@*.service'"
    )
    wait_for(lambda: fleet.run(FIRST, "systemctl is-active nginx || true").strip() == "active", "nginx")


def test_a_post_that_was_sent_to_a_host_that_dies_is_not_sent_to_another(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    with ThreadPoolExecutor() as pool:
        hanging = hang(pool, live_fleet, site, mark, "POST")
        cut_off(live_fleet)
        answers = {request_id: answer.result().status for request_id, answer in hanging.items()}

    assert set(answers.values()) == {502}
    tried = {line["request_id"]: line["upstream"] for line in logged(live_fleet, live_fleet.edge, mark)}
    assert [tried[request_id] for request_id in hanging if "," in tried[request_id]] == []
    assert not set(hanging) & {line["request_id"] for line in logged(live_fleet, SECOND, mark)}


def test_a_get_that_was_sent_to_a_host_that_dies_is_answered_by_another(live_fleet: Fleet, site: Site) -> None:
    mark = marked()
    with ThreadPoolExecutor() as pool:
        hanging = hang(pool, live_fleet, site, mark, "GET")
        cut_off(live_fleet)
        answers = {request_id: answer.result().status for request_id, answer in hanging.items()}

    assert set(answers.values()) == {200}
    assert set(hanging) <= {line["request_id"] for line in logged(live_fleet, SECOND, mark)}

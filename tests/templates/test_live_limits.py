"""How often one address may ask, and how many requests of it are in hand at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.templates.live_edge import Edge, live_edge

PARTNER, WATCHER = "198.51.100.9", "10.20.0.30"
BURST, AT_ONCE = 5, 3
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with live_edge(
        tmp_path_factory.mktemp("edge"),
        nginx_own_addresses=[WATCHER],
        nginx_limit_requests=1,
        nginx_limit_burst=BURST,
        nginx_limit_connections=AT_ONCE,
        nginx_limit_exempt=["198.51.100.0/24", "2001:db8:ffff::/48"],
    ) as running:
        yield running


def somebody() -> str:
    """Return the address of a client who never asked before."""
    return f"203.0.113.{next(_NUMBERS)}"


def statuses(edge: Edge, *clients: str) -> list[int]:
    return [edge.ask("/", client).status for client in clients]


def test_one_address_may_be_a_burst_ahead_and_is_then_refused(edge: Edge) -> None:
    said = statuses(edge, *[somebody()] * (BURST + 6))

    assert said[: BURST + 1] == [200] * (BURST + 1)
    assert 429 in said[BURST + 1 :]
    assert said[-1] == 429


def test_one_addresss_flood_is_nothing_to_another(edge: Edge) -> None:
    statuses(edge, *[somebody()] * (BURST + 6))

    assert statuses(edge, somebody()) == [200]


@pytest.mark.parametrize("client", [PARTNER, WATCHER, "2001:db8:ffff::1"])
def test_who_is_exempt_may_ask_as_often_as_they_like(edge: Edge, client: str) -> None:
    assert set(statuses(edge, *[client] * (BURST + 15))) == {200}


def test_ipv6_addresses_of_one_network_of_64_bits_count_as_one_client(edge: Edge) -> None:
    neighbours = [f"2001:db8:1:2:{number:x}::{number:x}" for number in range(1, BURST + 7)]

    assert 429 in statuses(edge, *neighbours)


def test_ipv6_addresses_of_different_networks_do_not(edge: Edge) -> None:
    # The networks differ in their last byte, which may be any, a line's end and nought too.
    strangers = [f"2001:db8:0:{number:x}::1" for number in range(20)]

    assert set(statuses(edge, *strangers)) == {200}


def test_a_refused_request_is_a_problem_document_that_says_when_to_try_again(edge: Edge) -> None:
    client = somebody()
    statuses(edge, *[client] * (BURST + 6))
    answer = edge.ask("/api/v1/messages", client, "POST", X_Request_ID="limit-1")

    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["title"], answer.json()["request_id"]) == ("Too Many Requests", "limit-1")


def test_a_refused_request_is_in_the_access_log_of_its_site(edge: Edge) -> None:
    client = somebody()
    statuses(edge, *[client] * (BURST + 6))
    edge.ask("/limited", client, X_Request_ID="limit-2")

    (line,) = [line for line in edge.lines() if line["request_id"] == "limit-2"]
    assert (line["site"], line["status"], line["remote"], line["path"]) == ("mailroom", 429, client, "/limited")


def test_slow_requests_of_one_address_cannot_take_all_connections(edge: Edge) -> None:
    client = somebody()
    with ThreadPoolExecutor(BURST + 1) as beside:
        said = Counter(beside.map(lambda number: edge.ask(f"/slow/{number}", client).status, range(BURST + 1)))

    assert said == {200: AT_ONCE, 429: BURST + 1 - AT_ONCE}


def test_limits_can_be_switched_off(tmp_path_factory: pytest.TempPathFactory) -> None:
    off = {"nginx_limit_requests": 0, "nginx_limit_connections": 0, "nginx_limit_burst": 0}
    with live_edge(tmp_path_factory.mktemp("open"), **off) as edge:
        assert set(statuses(edge, *[somebody()] * 30)) == {200}


def test_the_limits_for_production_let_a_page_with_all_its_parts_through(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    client = somebody()
    with live_edge(tmp_path_factory.mktemp("usual")) as edge, ThreadPoolExecutor(16) as beside:
        said = Counter(beside.map(lambda _: edge.ask("/", client).status, range(300)))

    assert 429 not in said

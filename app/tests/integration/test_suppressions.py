"""/api/v1/suppressions and the list itself, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

import pytest
from flask.testing import FlaskClient

from mailroom.db.pool import open_pool
from mailroom.db.unit_of_work import UnitOfWorkFactory, units_of_work
from mailroom.delivery.queue import deferring_app
from mailroom.suppressions.entities import Reason, Suppressed
from support.databases import Database
from support.feedback import listed

URL = "/api/v1/suppressions"


@pytest.fixture
def unit_of_work(database: Database) -> Iterator[UnitOfWorkFactory]:
    with open_pool(database.settings(), "test") as pool:
        yield units_of_work(pool, deferring_app())


def add(client: FlaskClient, authorization: dict[str, str], address: str, **more: str) -> dict[str, Any]:
    answer = client.post(URL, json={"address": address, **more}, headers=authorization)
    assert answer.status_code == 201
    return dict(answer.get_json())


@pytest.fixture(autouse=True)
def _with_all_scopes(database: Database) -> None:
    database.rows("UPDATE api_keys SET scopes = '{suppressions:read,suppressions:write}'")


def test_an_address_that_is_added_is_shown_where_the_location_says(
    client: FlaskClient, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json={"address": "Ann@Example.com", "detail": "by phone"}, headers=authorization)
    shown = client.get(answer.headers["Location"], headers=authorization)

    assert (answer.status_code, shown.status_code, shown.get_json()) == (201, 200, answer.get_json())
    assert {name: shown.get_json()[name] for name in ("address", "reason", "detail", "message_id")} == {
        "address": "ann@example.com",
        "reason": "manual",
        "detail": "by phone",
        "message_id": None,
    }


def test_an_address_that_is_there_is_a_200_that_shows_what_stands(
    client: FlaskClient, authorization: dict[str, str], database: Database
) -> None:
    database.rows("INSERT INTO suppressions (address, reason) VALUES ('ann@example.com', 'complaint')")
    answer = client.post(URL, json={"address": "ANN@example.com", "detail": "x"}, headers=authorization)

    assert (answer.status_code, answer.get_json()["reason"]) == (200, "complaint")
    assert answer.headers["Location"] == f"{URL}/{answer.get_json()['id']}"


def test_a_removed_entry_is_gone(client: FlaskClient, authorization: dict[str, str], database: Database) -> None:
    one = f"{URL}/{add(client, authorization, 'ann@example.com')['id']}"
    answers = [client.delete(one, headers=authorization) for _ in range(2)]

    assert [(answer.status_code, answer.data[:1]) for answer in answers] == [(204, b""), (404, b"{")]
    assert answers[1].get_json()["detail"] == "There is no suppression of this id."
    assert client.get(one, headers=authorization).status_code == 404
    assert listed(database) == {}


@pytest.mark.parametrize("number", ["0", "7", str(2**63 - 1), str(2**63), "9" * 40])
def test_an_id_that_no_entry_has_is_a_404(client: FlaskClient, authorization: dict[str, str], number: str) -> None:
    for method in ("GET", "DELETE"):
        answer = client.open(f"{URL}/{number}", method=method, headers=authorization)
        assert (answer.status_code, answer.get_json()["type"]) == (404, "urn:mailroom:problem:suppression-not-found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"address": "ann"}, "#/address"),
        ({}, "#/address"),
        ({"address": "ann@example.com", "detail": ""}, "#/detail"),
        ({"address": "ann@example.com", "detail": "a\x00b"}, "#/detail"),
        ({"address": "ann@example.com", "detail": "x" * 501}, "#/detail"),
        ({"address": "ann@example.com", "reason": "complaint"}, "#/reason"),
    ],
)
def test_a_wrong_field_is_named(
    client: FlaskClient, authorization: dict[str, str], body: dict[str, str], pointer: str
) -> None:
    answer = client.post(URL, json=body, headers=authorization)

    assert (answer.status_code, [error["pointer"] for error in answer.get_json()["errors"]]) == (422, [pointer])


def pages(client: FlaskClient, authorization: dict[str, str], url: str) -> Iterator[list[str]]:
    while True:
        answer = client.get(url, headers=authorization)
        assert answer.status_code == 200
        yield [item["address"] for item in answer.get_json()["items"]]
        if "Link" not in answer.headers:
            return
        url = answer.headers["Link"].partition(">")[0].removeprefix("<")


def test_the_list_is_read_newest_first_page_by_page_whatever_is_added_meanwhile(
    client: FlaskClient, authorization: dict[str, str]
) -> None:
    for name in "abcde":
        add(client, authorization, f"{name}@example.com")
    reading = pages(client, authorization, f"{URL}?limit=2")
    first = next(reading)
    add(client, authorization, "late@example.com")

    assert [first, *reading] == [
        ["e@example.com", "d@example.com"],
        ["c@example.com", "b@example.com"],
        ["a@example.com"],
    ]


def test_the_list_is_filtered_by_reason_and_by_address(
    client: FlaskClient, authorization: dict[str, str], database: Database
) -> None:
    for name, reason in zip("abcdef", ["bounce", "complaint"] * 3, strict=True):
        database.rows("INSERT INTO suppressions (address, reason) VALUES (%s, %s)", f"{name}@example.com", reason)

    assert list(pages(client, authorization, f"{URL}?reason=bounce&limit=2")) == [
        ["e@example.com", "c@example.com"],
        ["a@example.com"],
    ]
    assert list(pages(client, authorization, f"{URL}?address=B@Example.com")) == [["b@example.com"]]
    assert list(pages(client, authorization, f"{URL}?address=b@example.com&reason=bounce")) == [[]]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("after=x", "after"),
        (f"after={2**63}", "after"),
        ("reason=boredom", "reason"),
        ("address=ann", "address"),
        ("page=2", "page"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: FlaskClient, authorization: dict[str, str], query: str, parameter: str
) -> None:
    answer = client.get(f"{URL}?{query}", headers=authorization)

    assert (answer.status_code, [error["parameter"] for error in answer.get_json()["errors"]]) == (422, [parameter])


@pytest.mark.parametrize(
    ("request_line", "needed"),
    [
        (("GET", URL), "suppressions:read"),
        (("GET", f"{URL}/1"), "suppressions:read"),
        (("POST", URL), "suppressions:write"),
        (("DELETE", f"{URL}/1"), "suppressions:write"),
    ],
)
def test_who_may_not_is_told_what_it_needs(
    client: FlaskClient, authorization: dict[str, str], database: Database, request_line: tuple[str, str], needed: str
) -> None:
    other = ({"suppressions:read", "suppressions:write"} - {needed}).pop()
    database.rows("UPDATE api_keys SET scopes = %s", [other])
    answer = client.open(request_line[1], method=request_line[0], headers=authorization)

    assert (answer.status_code, answer.get_json()["permission"]) == (403, needed)


@pytest.mark.parametrize(("first", "second"), list(product(Reason, Reason)))
def test_a_graver_reason_takes_the_place_of_a_lesser_one_and_never_the_other_way(
    unit_of_work: UnitOfWorkFactory, database: Database, first: Reason, second: Reason
) -> None:
    graver = list(Reason).index(second) > list(Reason).index(first)
    with unit_of_work() as work:
        work.suppressions.suppress(Suppressed("ann@example.com", first, "first"))
    before = database.rows("SELECT id, created_at FROM suppressions")
    with unit_of_work() as work:
        changed = work.suppressions.suppress(Suppressed("ann@example.com", second, "second"))

    assert changed is graver
    assert database.rows("SELECT reason, detail FROM suppressions") == [
        (second.value, "second") if graver else (first.value, "first")
    ]
    assert database.rows("SELECT id, created_at FROM suppressions") == before


@pytest.mark.parametrize(
    ("address", "reason"), [("ann@example.com", "bounce"), ("ANN@Example.com", "bounce"), ("bob@example.com", None)]
)
def test_the_reason_against_an_address_is_told_in_whatever_case(
    unit_of_work: UnitOfWorkFactory, address: str, reason: str | None
) -> None:
    with unit_of_work() as work:
        work.suppressions.suppress(Suppressed("ann@example.com", Reason.BOUNCE))
    with unit_of_work() as work:
        assert work.suppressions.reason_against(address) == reason


def test_ids_are_in_the_order_in_which_addresses_came_on(unit_of_work: UnitOfWorkFactory, database: Database) -> None:
    for name in "abca":
        with unit_of_work() as work:
            work.suppressions.suppress(Suppressed(f"{name}@example.com", Reason.BOUNCE))
    ids = [number for (number,) in database.rows("SELECT id FROM suppressions ORDER BY address")]

    assert all(earlier < later for earlier, later in pairwise(ids))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT * FROM suppressions WHERE id < 19000 ORDER BY id DESC LIMIT 51", "suppressions_id_key"),
        (
            "SELECT * FROM suppressions WHERE id < 19000 AND reason = 'complaint' ORDER BY id DESC LIMIT 51",
            "suppressions_by_reason",
        ),
        ("SELECT * FROM suppressions WHERE address = 'a7@example.com' ORDER BY id DESC LIMIT 51", "suppressions_pkey"),
        ("SELECT reason FROM suppressions WHERE address = 'a7@example.com'", "suppressions_pkey"),
    ],
)
def test_a_long_list_is_read_by_its_indexes(database: Database, statement: str, index: str) -> None:
    database.rows(
        "INSERT INTO suppressions (address, reason) SELECT 'a' || n || '@example.com', "
        "CASE WHEN n % 1000 = 0 THEN 'complaint' ELSE 'bounce' END FROM generate_series(1, 20000) n"
    )
    database.rows("ANALYZE suppressions")
    plan = str(database.rows(f"EXPLAIN {statement}"))

    assert index in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan or "pkey" in index

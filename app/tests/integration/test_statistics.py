"""/api/v1/statistics on a real database, from events to answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from psycopg import Connection

from mailroom.statistics.folding import FoldingPace, FoldingService
from support.databases import Database
from support.mail import NOON, add_event, add_message, work_on
from support.plans import recording

URL = "/api/v1/statistics"
KINDS = [
    *("accepted", "sent", "postponed", "failed", "cancelled"),
    *("suppressed", "retried", "delivered", "bounced", "complained"),
]
Get = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def may_read(database: Database) -> None:
    database.rows("UPDATE api_keys SET scopes = '{statistics:read}'")


@pytest.fixture
def get(client: FlaskClient, authorization: dict[str, str]) -> Get:
    def get(path: str, status: int = 200, **query: str) -> dict[str, Any]:
        named = {name.rstrip("_"): value for name, value in query.items()}
        answer = client.get(f"{URL}/{path}", query_string=named, headers=authorization)
        assert answer.status_code == status, answer.get_json()
        return dict(answer.get_json())

    return get


def fold(database: Database) -> None:
    with work_on(database) as work:
        assert FoldingService(work, lambda _: False, lambda _: None, FoldingPace()).fold().complete


def test_days_are_counted_with_zeros_between(connection: Connection[Any], database: Database, get: Get) -> None:
    message = add_message(connection)
    for kind, day in (("accepted", 4), ("sent", 4), ("bounced", 6)):
        add_event(connection, message, kind, NOON.replace(day=day))
    fold(database)

    answer = get("days", from_="2026-03-03", to="2026-03-06")

    assert [(one["day"], {k: v for k, v in one["counts"].items() if v}) for one in answer["days"]] == [
        ("2026-03-03", {}),
        ("2026-03-04", {"accepted": 1, "sent": 1}),
        ("2026-03-05", {}),
        ("2026-03-06", {"bounced": 1}),
    ]
    assert list(answer["days"][0]["counts"]) == KINDS
    assert datetime.now(UTC) - datetime.fromisoformat(answer["as_of"]) < timedelta(minutes=1)


def test_days_of_a_tag_or_a_domain(connection: Connection[Any], database: Database, get: Get) -> None:
    for recipient, tags in (("ann@a.test", ["x"]), ("bob@a.test", ["x", "y"]), ("cid@b.test", [])):
        add_event(connection, add_message(connection, recipient, tags=tags), "accepted")
    fold(database)

    def accepted(**query: str) -> int:
        ((one),) = get("days", from_="2026-03-04", to="2026-03-04", **query)["days"]
        return int(one["counts"]["accepted"])

    assert accepted() == 3
    assert [accepted(tag=tag) for tag in ("x", "y", "z")] == [2, 1, 0]
    assert [accepted(domain=domain) for domain in ("A.test", "b.test", "c.test")] == [2, 1, 0]


@pytest.mark.parametrize(("path", "name"), [("tags", "tag"), ("domains", "domain")])
def test_totals_come_with_the_most_first(
    connection: Connection[Any], database: Database, get: Get, path: str, name: str
) -> None:
    for key, accepted in (("few.test", 1), ("most.test", 3), ("more.test", 2)):
        for number in range(accepted):
            message = add_message(connection, f"ann@{key}", tags=[key])
            add_event(connection, message, "accepted", NOON + timedelta(days=number))
        add_event(connection, message, "sent")
    add_event(
        connection, add_message(connection, "ann@other.test", tags=["other.test"]), "accepted", NOON.replace(day=1)
    )
    add_event(connection, add_message(connection, "ann@late.test", tags=["late.test"]), "bounced")
    fold(database)

    answer = get(path, from_="2026-03-02", to="2026-03-31", limit="4")
    two = get(path, from_="2026-03-02", to="2026-03-31", limit="2")

    assert [(one[name], one["counts"]["accepted"], one["counts"]["sent"]) for one in answer[path]] == [
        ("most.test", 3, 1),
        ("more.test", 2, 1),
        ("few.test", 1, 1),
        ("late.test", 0, 0),
    ]
    assert answer[path][3]["counts"]["bounced"] == 1
    assert two[path] == answer[path][:2]


def test_the_top_of_a_unit(connection: Connection[Any], database: Database, get: Get) -> None:
    for recipient, day in (("b@a.test", 2), ("B@a.test", 8), ("a@a.test", 3), ("c@a.test", 9), ("d@a.test", 1)):
        message = add_message(connection, recipient, sender="Shop <shop@a.test>")
        add_event(connection, message, "sent", NOON.replace(day=day))
        add_event(connection, message, "delivered", NOON.replace(day=day))
    fold(database)

    week = get("top", role="recipient", unit="week", starts_on="2026-03-02")
    month = get("top", role="recipient", unit="month", starts_on="2026-03-01", limit="2")
    senders = get("top", role="sender", unit="year", starts_on="2026-01-01")

    assert week["addresses"] == [{"address": "b@a.test", "count": 2}, {"address": "a@a.test", "count": 1}]
    assert month["addresses"] == [{"address": "b@a.test", "count": 2}, {"address": "a@a.test", "count": 1}]
    assert senders["addresses"] == [{"address": "shop@a.test", "count": 5}]
    assert (senders["starts_on"], set(senders)) == ("2026-01-01", {"as_of", "starts_on", "addresses"})


@pytest.mark.parametrize("path", ["days", "tags", "domains", "top?role=sender&unit=day"])
def test_it_needs_the_permission_to_read_statistics(
    client: FlaskClient, authorization: dict[str, str], database: Database, path: str
) -> None:
    database.rows("UPDATE api_keys SET scopes = '{messages:read,messages:send}'")

    answer = client.get(f"{URL}/{path}", headers=authorization)

    assert answer.status_code == 403
    assert answer.get_json()["permission"] == "statistics:read"


def test_what_cannot_be_asked_for_is_refused(get: Get) -> None:
    assert get("days", 422, tag="a", domain="b")["errors"] == [
        {"parameter": "domain", "detail": "Ask for a tag or for a domain, not for both."}
    ]
    assert get("top", 422, role="sender", unit="month", starts_on="2026-03-04")["errors"] == [
        {
            "parameter": "starts_on",
            "detail": "This must be the first day of a month: 2026-03-04 is in the one of 2026-03-01.",
        }
    ]


@pytest.mark.parametrize("asking", [("days", 2), ("tags", 3), ("domains", 3), ("top?role=sender&unit=year", 2)])
def test_however_much_there_is_an_answer_takes_the_same_few_statements(
    client: FlaskClient,
    authorization: dict[str, str],
    connection: Connection[Any],
    database: Database,
    asking: tuple[str, int],
) -> None:
    path, statements = asking
    now = datetime.now(UTC)
    for number in range(20):
        message = add_message(connection, f"ann@{number}.test", sender=f"{number}@a.test", tags=[f"tag{number}"])
        add_event(connection, message, "sent", now)
    fold(database)

    with recording() as asked:
        answer = client.get(f"{URL}/{path}", headers=authorization)

    assert answer.status_code == 200
    assert len([one for one in asked if "statistics_" in str(one.statement)]) == statements

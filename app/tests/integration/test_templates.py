"""/api/v1/templates on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from support.databases import Database
from support.queries import counted_queries

pytestmark = pytest.mark.usefixtures("allowed_all")
URL = "/api/v1/templates"
TEXT = {
    "subject": "Order {{ number }}",
    "text": "Dear {{ name }}",
    "html": "<p>Dear {{ name }}",
    "variables": [
        {"name": "number", "type": "number"},
        {"name": "name", "type": "string", "default": "customer"},
    ],
}


@pytest.fixture
def order(client: FlaskClient, authorization: dict[str, str]) -> str:
    """Have a template and return its address."""
    return client.post(URL, json={"name": "order", **TEXT}, headers=authorization).headers["Location"]


def test_a_new_template_is_its_first_version(
    client: FlaskClient, database: Database, authorization: dict[str, str]
) -> None:
    answer = client.post(URL, json={"name": "order", **TEXT}, headers=authorization)

    ((key_id,),) = database.rows("SELECT id FROM api_keys")
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{URL}/order")
    shown = client.get(f"{URL}/order", headers=authorization).get_json()
    assert shown == answer.get_json()
    assert (shown["version"], shown["created_by"], shown["deleted_at"]) == (1, f"key:{key_id}", None)
    assert shown["variables"] == [
        {"name": "number", "type": "number", "required": True, "default": None},
        {"name": "name", "type": "string", "required": False, "default": "customer"},
    ]


def test_a_name_that_is_taken_is_refused(client: FlaskClient, order: str, authorization: dict[str, str]) -> None:
    answer = client.post(URL, json={"name": "order", **TEXT}, headers=authorization)

    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:mailroom:problem:template-exists")
    assert "PUT makes its next version" in answer.get_json()["detail"]
    assert client.get(order, headers=authorization).get_json()["version"] == 1


def test_a_change_makes_the_next_version_and_the_old_one_stays(
    client: FlaskClient, order: str, authorization: dict[str, str]
) -> None:
    answer = client.put(order, json={**TEXT, "subject": "New {{ number }}"}, headers=authorization)

    assert (answer.status_code, answer.get_json()["version"]) == (200, 2)
    subjects = [
        client.get(order + query, headers=authorization).get_json()["subject"]
        for query in ("", "?version=1", "?version=2")
    ]
    assert subjects == ["New {{ number }}", "Order {{ number }}", "New {{ number }}"]


def test_changes_at_the_same_instant_are_versions_one_after_the_other(
    client: FlaskClient, order: str, authorization: dict[str, str]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: client.put(order, json=TEXT, headers=authorization), range(4)))

    assert sorted(answer.get_json()["version"] for answer in answers) == [2, 3, 4, 5]


def test_a_deleted_template_makes_no_mail_and_its_versions_stay_readable(
    client: FlaskClient, order: str, authorization: dict[str, str]
) -> None:
    assert client.delete(order, headers=authorization).status_code == 204

    message = {"to": "ann@example.com", "template": {"name": "order", "version": 1, "variables": {"number": 7}}}
    assert client.get(order, headers=authorization).status_code == 404
    assert client.delete(order, headers=authorization).status_code == 404
    assert client.put(order, json=TEXT, headers=authorization).status_code == 404
    assert client.get(URL, headers=authorization).get_json() == {"templates": []}
    assert client.post("/api/v1/messages", json=message, headers=authorization).status_code == 422
    assert client.get(f"{order}?version=1", headers=authorization).get_json()["deleted_at"]
    versions = client.get(f"{order}/versions", headers=authorization).get_json()["templates"]
    assert [one["version"] for one in versions] == [1]


def test_a_deleted_name_is_taken_up_again_with_its_next_version(
    client: FlaskClient, order: str, authorization: dict[str, str]
) -> None:
    client.delete(order, headers=authorization)
    answer = client.post(URL, json={"name": "order", **TEXT}, headers=authorization)

    assert (answer.status_code, answer.get_json()["version"]) == (201, 2)
    assert client.get(f"{order}?version=1", headers=authorization).get_json()["deleted_at"] is None


def test_a_message_names_the_version_it_was_made_from_and_keeps_its_text(
    client: FlaskClient, database: Database, order: str, authorization: dict[str, str]
) -> None:
    client.put(order, json={**TEXT, "subject": "New {{ number }}"}, headers=authorization)
    for version in ({}, {"version": 1}):
        body = {"to": "ann@example.com", "template": {"name": "order", "variables": {"number": 7}, **version}}
        client.post("/api/v1/messages", json=body, headers=authorization)

    assert database.rows("SELECT template, template_version, subject FROM messages ORDER BY id") == [
        ("order", 2, "New 7"),
        ("order", 1, "Order 7"),
    ]


def test_all_templates_and_versions_come_in_pages(client: FlaskClient, authorization: dict[str, str]) -> None:
    for name in ("b", "a", "c"):
        client.post(URL, json={"name": name, **TEXT}, headers=authorization)
    client.put(f"{URL}/a", json=TEXT, headers=authorization)

    first = client.get(f"{URL}?limit=2", headers=authorization)
    assert [(one["name"], one["version"]) for one in first.get_json()["templates"]] == [("a", 2), ("b", 1)]
    assert first.headers["Link"] == f'<{URL}?limit=2&after=b>; rel="next"'
    second = client.get(f"{URL}?limit=2&after=b", headers=authorization)
    assert [one["name"] for one in second.get_json()["templates"]] == ["c"]
    assert "Link" not in second.headers
    versions = client.get(f"{URL}/a/versions?limit=1", headers=authorization)
    assert [one["version"] for one in versions.get_json()["templates"]] == [2]
    assert versions.headers["Link"] == f'<{URL}/a/versions?limit=1&after=2>; rel="next"'
    older = client.get(f"{URL}/a/versions?after=2", headers=authorization).get_json()
    assert [one["version"] for one in older["templates"]] == [1]


def test_a_list_of_templates_is_one_query_however_long(client: FlaskClient, authorization: dict[str, str]) -> None:
    for number in range(3):
        client.post(URL, json={"name": f"t{number}", **TEXT}, headers=authorization)
    with counted_queries() as queries:
        client.get(URL, headers=authorization)

    assert len(queries) == 2


def test_a_preview_shows_the_mail_and_sends_nothing(
    client: FlaskClient, database: Database, order: str, authorization: dict[str, str]
) -> None:
    answer = client.post(f"{order}/preview", json={"variables": {"number": 7, "name": "<b>"}}, headers=authorization)

    assert (answer.status_code, answer.get_json()) == (
        200,
        {"subject": "Order 7", "text": "Dear <b>", "html": "<p>Dear &lt;b&gt;"},
    )
    assert database.counts() == (0, 0)


def test_a_preview_names_what_is_wrong_with_its_variables(
    client: FlaskClient, order: str, authorization: dict[str, str]
) -> None:
    answer = client.post(f"{order}/preview", json={"version": 1, "variables": {"other": 7}}, headers=authorization)

    assert answer.get_json()["errors"] == [
        {"pointer": "#/variables/other", "detail": "This variable is not known."},
        {"pointer": "#/variables/number", "detail": "This variable is required."},
    ]


def test_a_preview_of_a_version_that_is_not_there_names_the_version(
    client: FlaskClient, order: str, authorization: dict[str, str]
) -> None:
    answer = client.post(f"{order}/preview", json={"version": 9, "variables": {}}, headers=authorization)

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [
        {"pointer": "#/version", "detail": "There is no such version of this template."}
    ]


def test_a_preview_of_a_version_of_no_template_finds_nothing(
    client: FlaskClient, authorization: dict[str, str]
) -> None:
    answer = client.post(f"{URL}/none/preview", json={"version": 9, "variables": {}}, headers=authorization)

    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["none", "Order", "%00", "a%2Fb", "\u00fc"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/versions"), ("PUT", ""), ("DELETE", ""), ("POST", "/preview")],
)
def test_what_is_not_there_is_not_found(
    client: FlaskClient, authorization: dict[str, str], name: str, method: str, path: str
) -> None:
    body = {"PUT": TEXT, "POST": {}}.get(method)
    answer = client.open(f"{URL}/{name}{path}", method=method, json=body, headers=authorization)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("asked", "needed"),
    [
        (("GET", ""), "templates:read"),
        (("GET", "/order"), "templates:read"),
        (("GET", "/order/versions"), "templates:read"),
        (("POST", "/order/preview"), "templates:read"),
        (("POST", ""), "templates:write"),
        (("PUT", "/order"), "templates:write"),
        (("DELETE", "/order"), "templates:write"),
    ],
)
def test_each_needs_its_permission(
    client: FlaskClient, database: Database, authorization: dict[str, str], asked: tuple[str, str], needed: str
) -> None:
    database.rows("UPDATE api_keys SET scopes = '{messages:send}'")
    method, path = asked
    answer = client.open(URL + path, method=method, json={}, headers=authorization)

    assert (answer.status_code, answer.get_json()["permission"]) == (403, needed)

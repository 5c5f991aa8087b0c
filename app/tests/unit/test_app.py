from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from mailroom.app import assemble
from mailroom.health.service import Check, HealthService, Status
from mailroom.keys.service import KeyService
from mailroom.metrics import WebMetrics
from mailroom.release import current_release
from support.fake_storage import FakeStorage
from support.fakes import a_message
from support.services import services_over

KEY = "0123456789-0123456789-0123456789"
URL = "/api/v1/messages"
BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def checks() -> list[Check]:
    return [Check("database", Status.OK)]


@pytest.fixture
def app(storage: FakeStorage, registry: CollectorRegistry, checks: list[Check]) -> Flask:
    metrics = WebMetrics(registry)
    keys = KeyService(storage.unit_of_work)
    keys.ensure("tests", KEY)
    services = services_over(
        storage,
        metrics,
        keys=keys,
        health=HealthService([lambda: checks[0]]),
        pool_statistics=lambda: {"pool_size": 2, "pool_available": 1},
    )
    return assemble(services, 1000)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def problem(answer: TestResponse, status: int, name: str) -> dict[str, Any]:
    body = json.loads(answer.data)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert body["type"] == f"urn:mailroom:problem:{name}"
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert answer.headers["X-Release"] == current_release()
    return dict(body)


def test_a_message_is_accepted(client: FlaskClient, storage: FakeStorage) -> None:
    answer = client.post(URL, json=BODY, headers=AUTHORIZED)

    (stored,) = storage.messages.stored.values()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"{URL}/{stored.id}")
    assert answer.get_json()["id"] == str(stored.id)
    assert stored.request_id == answer.headers["X-Request-ID"]


def test_a_message_is_shown(client: FlaskClient, storage: FakeStorage) -> None:
    storage.messages.add(a_message())

    answer = client.get(f"{URL}/{a_message().id}", headers=AUTHORIZED)

    assert (answer.status_code, answer.get_json()["state"]) == (200, "queued")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", f"Basic {KEY}", KEY, f"Bearer {KEY}x", f"Bearer {KEY},{KEY}"]
)
@pytest.mark.parametrize(("method", "url"), [("POST", URL), ("GET", f"{URL}/{a_message().id}")])
def test_without_a_known_key_nobody_gets_in(
    client: FlaskClient, storage: FakeStorage, header: str, method: str, url: str
) -> None:
    answer = client.open(url, method=method, json=BODY, headers={"Authorization": header})

    problem(answer, 401, "not-authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="mailroom"'
    assert not storage.messages.stored


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_name_of_the_scheme_may_be_written_in_any_case(client: FlaskClient, scheme: str) -> None:
    assert client.post(URL, json=BODY, headers={"Authorization": f"{scheme} {KEY}"}).status_code == 202


def test_a_wrong_field_is_a_422_that_names_it(client: FlaskClient, storage: FakeStorage) -> None:
    body = problem(client.post(URL, json={**BODY, "cc": 1}, headers=AUTHORIZED), 422, "invalid-request")

    assert body["errors"] == [{"pointer": "#/cc", "detail": "This field is not known."}]
    assert body["instance"] == URL
    assert not storage.messages.stored


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Expecting value at line 1 column 1."),
        (b"{", "Expecting property name enclosed in double quotes at line 1 column 2."),
        (b"\xff", "byte 0 can't be decoded."),
        (b'{"to": NaN}', "NaN is no JSON value."),
        (b'{"to": 1, "to": 2}', "a name stands twice in one object."),
        (b"1" * 5000, None),
        (b'{"to": 1e400}', "1e400 is too large a number."),
        ("{}".encode("utf-16"), None),
    ],
)
def test_a_body_that_is_no_json_is_a_400_that_says_where(
    app: Flask, client: FlaskClient, data: bytes, reason: str | None
) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    answer = client.post(URL, data=data, content_type="application/json", headers=AUTHORIZED)

    detail = problem(answer, 400, "unreadable-body")["detail"]
    assert detail.startswith("The body is not JSON in UTF-8: ")
    assert reason is None or detail.endswith(reason)


def test_a_body_nested_without_end_is_refused(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    answer = client.post(URL, data=b"[" * 500_000, content_type="application/json", headers=AUTHORIZED)

    assert answer.status_code == 400


def test_a_body_that_is_too_deep_to_be_kept_is_a_422(client: FlaskClient) -> None:
    deep = b'{"to": ' + b"[" * 40 + b"]" * 40 + b"}"
    answer = client.post(URL, data=deep, content_type="application/json", headers=AUTHORIZED)

    errors = problem(answer, 422, "invalid-request")["errors"]
    assert errors[-1] == {"pointer": "#/to" + "/0" * 31, "detail": "This is nested too deeply."}


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_of_another_type_is_a_415(client: FlaskClient, content_type: str | None) -> None:
    answer = client.post(URL, data=json.dumps(BODY), content_type=content_type, headers=AUTHORIZED)

    detail = problem(answer, 415, "unsupported-media-type")["detail"]
    assert detail == "The body must be of the type application/json."


def test_the_type_may_name_its_charset(client: FlaskClient) -> None:
    content_type = "application/json; charset=utf-8"

    assert client.post(URL, data=json.dumps(BODY), content_type=content_type, headers=AUTHORIZED).status_code == 202


def test_a_body_that_is_too_large_is_a_413(client: FlaskClient, storage: FakeStorage) -> None:
    answer = client.post(URL, json={**BODY, "text": "x" * 2000}, headers=AUTHORIZED)

    problem(answer, 413, "content-too-large")
    assert not storage.messages.stored


@pytest.mark.parametrize("path", ["/", "/nope", f"{URL}/", f"{URL}/not-a-uuid", "/health", "/api//v1/messages", "/%00"])
def test_an_unknown_address_is_a_404(client: FlaskClient, path: str) -> None:
    problem(client.get(path, headers=AUTHORIZED), 404, "not-found")


def test_a_message_that_is_not_there_is_a_404_of_its_own(client: FlaskClient) -> None:
    problem(client.get(f"{URL}/{a_message().id}", headers=AUTHORIZED), 404, "message-not-found")


def test_a_wrong_method_is_a_405_that_says_which_are_right(client: FlaskClient) -> None:
    answer = client.delete(URL, headers=AUTHORIZED)

    problem(answer, 405, "method-not-allowed")
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


def test_a_storage_that_is_away_is_a_503_that_says_when_to_come_back(client: FlaskClient, storage: FakeStorage) -> None:
    storage.away = 1
    answer = client.post(URL, json=BODY, headers=AUTHORIZED)

    problem(answer, 503, "storage-unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_a_bug_is_a_500_that_shows_nothing_internal(client: FlaskClient, storage: FakeStorage) -> None:
    storage.messages = None  # type: ignore[assignment]
    answer = client.post(URL, json=BODY, headers=AUTHORIZED)

    assert problem(answer, 500, "internal-error")["detail"] == (
        "Something broke here. Quote the request_id when you report it."
    )


def test_only_what_nobody_expected_is_counted_as_such(
    client: FlaskClient, storage: FakeStorage, registry: CollectorRegistry
) -> None:
    storage.away = 1
    client.post(URL, json=BODY, headers=AUTHORIZED)
    assert registry.get_sample_value("mailroom_unexpected_errors_total") == 0
    storage.messages = None  # type: ignore[assignment]
    client.post(URL, json=BODY, headers=AUTHORIZED)
    assert registry.get_sample_value("mailroom_unexpected_errors_total") == 1


def test_a_well_formed_request_id_comes_back(client: FlaskClient) -> None:
    assert client.get("/nope", headers={"X-Request-ID": "abc_1-2"}).headers["X-Request-ID"] == "abc_1-2"


@pytest.mark.parametrize("offered", ["with space", "a" * 65, "<script>"])
def test_a_malformed_request_id_is_replaced(client: FlaskClient, offered: str) -> None:
    answer = client.get("/health/live", headers={"X-Request-ID": offered})

    assert answer.headers["X-Request-ID"] != offered
    assert len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("path", ["/health/live", "/health/startup"])
def test_a_process_that_answers_is_up_and_names_its_release(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "release": current_release()})


@pytest.mark.parametrize(
    ("check", "status", "shown"),
    [
        (Check("x", Status.OK), 200, {"status": "ok"}),
        (Check("x", Status.DEGRADED, "why"), 200, {"status": "degraded", "reason": "why"}),
        (Check("x", Status.FAILED, "why"), 503, {"status": "failed", "reason": "why"}),
    ],
)
def test_readiness_is_that_of_its_checks(
    client: FlaskClient, checks: list[Check], check: Check, status: int, shown: dict[str, str]
) -> None:
    checks[0] = check
    answer = client.get("/health/ready")

    assert answer.status_code == status
    assert answer.get_json() == {"status": shown["status"], "release": current_release(), "checks": {"x": shown}}


def counted(registry: CollectorRegistry, method: str, route: str, status_class: str) -> float | None:
    labels = {"method": method, "route": route, "status_class": status_class}
    return registry.get_sample_value("http_requests_total", labels)


def test_requests_are_counted_under_their_rule(client: FlaskClient, registry: CollectorRegistry) -> None:
    for number in range(5):
        client.get(f"{URL}/00000000-0000-0000-0000-00000000000{number}", headers=AUTHORIZED)
        client.get(f"/scan/{number}")

    assert counted(registry, "GET", f"{URL}/<uuid:message_id>", "4xx") == 5
    assert counted(registry, "GET", "unmatched", "4xx") == 5


def test_an_unheard_of_method_makes_no_series_of_its_own(client: FlaskClient, registry: CollectorRegistry) -> None:
    client.open(URL, method="BREW")

    assert counted(registry, "other", "unmatched", "4xx") == 1


@pytest.mark.parametrize("status_class", ["2xx", "4xx", "5xx"])
def test_counters_are_there_at_zero_before_the_first_request(
    app: Flask, registry: CollectorRegistry, status_class: str
) -> None:
    assert app
    assert counted(registry, "POST", URL, status_class) == 0
    assert registry.get_sample_value("mailroom_messages_accepted_total") == 0


def test_only_an_accepted_message_counts_as_accepted(client: FlaskClient, registry: CollectorRegistry) -> None:
    client.post(URL, json=BODY, headers=AUTHORIZED)
    client.post(URL, json={}, headers=AUTHORIZED)

    assert registry.get_sample_value("mailroom_messages_accepted_total") == 1


def test_the_pool_the_release_and_requests_in_progress_are_published(
    client: FlaskClient, registry: CollectorRegistry
) -> None:
    client.get("/health/live")

    assert registry.get_sample_value("mailroom_db_pool_available") == 1
    assert registry.get_sample_value("mailroom_release_info", {"release": current_release()}) == 1
    assert registry.get_sample_value("http_requests_in_progress") == 0

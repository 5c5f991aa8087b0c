"""Mailroom as a client without a key sees it. Nothing here is stored."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web import Answer, Site

MESSAGE = json.dumps({"to": "nobody@mailroom.test", "subject": "refused", "text": "no key"}).encode()
JSON = {"Content-Type": "application/json"}


def check_problem(answer: Answer, status: int) -> None:
    """Fail unless the answer is a problem document (RFC 9457) of this status."""
    assert answer.status == status
    assert answer.header("Content-Type").startswith("application/problem+json")
    document = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == answer.header("X-Request-ID")


@pytest.mark.parametrize("question", ["live", "startup", "ready"])
def test_the_service_is_well(site: Site, question: str) -> None:
    answer = site.ask(f"/health/{question}")

    assert answer.status == 200
    assert answer.json()["status"] == "ok"


def test_the_release_is_told_in_the_header_and_in_the_body(site: Site) -> None:
    answer = site.ask("/health/ready")

    assert answer.json()["release"] == answer.header("X-Release") != ""


def test_every_answer_comes_from_the_same_release(site: Site) -> None:
    told = {site.ask("/health/live").header("X-Release") for _ in range(40)}  # twice around the lanes

    assert len(told) == 1


def test_database_and_redis_are_reached(site: Site) -> None:
    checks = site.ask("/health/ready").json()["checks"]

    assert {name: check["status"] for name, check in checks.items()} == {"database": "ok", "redis": "ok"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer mr_wrong"}, {"Authorization": "Basic bXI6eA=="}, {"Authorization": "Bearer "}],
    ids=["no key", "an unknown key", "another scheme", "an empty key"],
)
def test_a_message_without_a_good_key_is_refused(site: Site, headers: dict[str, str]) -> None:
    answer = site.ask("/api/v1/messages", "POST", headers=JSON | headers, body=MESSAGE)

    check_problem(answer, 401)
    assert answer.header("WWW-Authenticate").startswith("Bearer")


def test_a_messages_state_is_nobodys_business_without_a_key(site: Site) -> None:
    check_problem(site.ask(f"/api/v1/messages/{uuid.uuid4()}"), 401)


def test_an_unknown_address_is_a_problem_document(site: Site) -> None:
    check_problem(site.ask("/nothing-here"), 404)


def test_a_method_that_an_address_does_not_take_is_named(site: Site) -> None:
    answer = site.ask("/health/live", "DELETE")

    check_problem(answer, 405)
    assert "GET" in answer.header("Allow")


@pytest.mark.parametrize("path", ["/metrics", "/stub_status", "/.git/config", "/api/v1/../../etc/passwd"])
def test_what_is_not_for_the_public_is_not_there(site: Site, path: str) -> None:
    check_problem(site.ask(path), 404)

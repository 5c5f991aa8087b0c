from __future__ import annotations

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from mailroom.web.cors import allow_origins
from mailroom.web.problems import register_problems

APP, ADMIN = "https://app.example.com", "https://admin.example.com:8443"
PREFLIGHT = {"Origin": APP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def client_of(*origins: str) -> FlaskClient:
    app = Flask("test")
    register_problems(app)
    app.add_url_rule("/api/v1/things", "things", lambda: Response("in"), methods=["GET", "POST"])
    app.add_url_rule("/health", "health", lambda: Response("well"))
    allow_origins(app, frozenset(origins))
    return app.test_client()


def granted(headers: dict[str, str], *origins: str, path: str = "/api/v1/things", method: str = "GET") -> list[str]:
    answer = client_of(*origins).open(path, method=method, headers=headers)
    return sorted(name for name, _ in answer.headers if name.startswith("Access-Control"))


def test_a_page_of_an_origin_that_is_set_may_read_the_answer() -> None:
    answer = client_of(APP, ADMIN).get("/api/v1/things", headers={"Origin": ADMIN})

    assert answer.headers["Access-Control-Allow-Origin"] == ADMIN
    readable = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Location", "Link", "X-Request-ID", "Retry-After", "RateLimit-Remaining", "RateLimit-Policy"} <= {*readable}


@pytest.mark.parametrize(
    "origin",
    ["https://app.example.com.evil.test", "http://app.example.com", "https://app.example.com:444", "null", "*", ""],
)
def test_a_page_of_any_other_may_not(origin: str) -> None:
    assert granted({"Origin": origin}, APP) == []


def test_a_cache_is_told_that_the_answer_is_for_one_origin_whoever_asks() -> None:
    client = client_of(APP)
    answers = [client.get("/api/v1/things", headers=headers) for headers in ({}, {"Origin": APP}, {"Origin": ADMIN})]

    assert [answer.headers["Vary"] for answer in answers] == ["Origin"] * 3


def test_a_preflight_is_granted_with_the_methods_of_the_route_and_kept_for_two_hours() -> None:
    answer = client_of(APP).options("/api/v1/things", headers=PREFLIGHT)

    assert answer.status_code == 200
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= {
        *answer.headers["Access-Control-Allow-Headers"].split(", ")
    }
    assert answer.headers["Access-Control-Max-Age"] == "7200"


def test_a_preflight_of_any_other_origin_is_not_granted() -> None:
    assert granted(PREFLIGHT | {"Origin": ADMIN}, APP, method="OPTIONS") == []


def test_options_that_is_no_preflight_says_nothing_of_methods() -> None:
    found = granted({"Origin": APP}, APP, method="OPTIONS")

    assert found == ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"]


def test_credentials_of_a_browser_are_never_asked_for() -> None:
    assert "Access-Control-Allow-Credentials" not in granted(PREFLIGHT, APP, method="OPTIONS")


def test_an_error_can_be_read_too() -> None:
    answer = client_of(APP).delete("/api/v1/things", headers={"Origin": APP})

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (405, APP)


def test_what_is_outside_the_api_is_not_opened() -> None:
    assert granted({"Origin": APP}, APP, path="/health") == []


def test_without_origins_nothing_is_opened_and_nothing_said() -> None:
    answer = client_of().get("/api/v1/things", headers={"Origin": APP})

    assert granted({"Origin": APP}) == []
    assert "Vary" not in answer.headers

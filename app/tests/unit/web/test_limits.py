from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mailroom.access.authentication import Authentication
from mailroom.access.caller import Caller, CallerKind
from mailroom.access.permissions import Permission
from mailroom.errors import LimitExceeded, StorageUnavailable
from mailroom.ratelimits.entities import Limit
from mailroom.ratelimits.service import Limiter
from mailroom.web.addresses import trust_proxies
from mailroom.web.guard import guard_requests
from mailroom.web.limits import RequestLimits, tell_of_limits
from mailroom.web.operation import Access, Operation, operation
from mailroom.web.problems import problem_of, register_problems
from support.limits import limiter_of

TOLD = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")


class Names:
    """Takes a name for a credential."""

    def takes(self, credential: str) -> bool:
        if credential == "away":
            raise StorageUnavailable("away")
        return credential in {"ann", "bob"}

    def recognise(self, credential: str) -> Caller:
        return Caller(CallerKind.USER, credential, credential, frozenset({Permission.MESSAGES_READ}))


Ask = Callable[..., TestResponse]


def asking(limiter: Limiter) -> Ask:
    """Return a way to ask: `ask(path, who, address)`."""
    client = app_of(limiter).test_client()

    def ask(path: str, who: str | None = None, address: str = "192.0.2.1", method: str = "GET") -> TestResponse:
        headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {who}"} if who else {})
        return client.open(path, method=method, headers=headers)

    return ask


def app_of(limiter: Limiter) -> Flask:
    app = Flask("test")
    register_problems(app)
    trust_proxies(app, 1)
    tell_of_limits(app)
    limits = RequestLimits(limiter)
    needed: list[tuple[str, Permission | Access, Limit]] = [
        ("/read", Permission.MESSAGES_READ, Limit.READS),
        ("/write", Access.KNOWN, Limit.WRITES),
        ("/forbidden", Permission.KEYS_MANAGE, Limit.READS),
        ("/open", Access.ANYONE, Limit.READS),
    ]
    for path, needs, limit in needed:
        declared = Operation(summary="Test", tag="Test", needs=needs, limit=limit)
        app.add_url_rule(path, path, operation(declared)(lambda: Response("in")))

    @app.route("/login")
    @operation(Operation(summary="Test", tag="Test", needs=Access.ANYONE, limit=Limit.LOGIN))
    def login() -> Response:
        limits.hit(Limit.LOGIN, "account", "ann")
        return Response("in")

    app.add_url_rule("/health", "health", lambda: Response("well"))
    guard_requests(app, Authentication([Names()]), limits)
    return app


def statuses(ask: Ask, times: int, path: str, who: str | None = None, address: str = "192.0.2.1") -> list[int]:
    return [ask(path, who, address).status_code for _ in range(times)]


def test_a_caller_is_refused_beyond_the_limit_of_the_operation_and_others_are_not() -> None:
    ask = asking(limiter_of(reads="2/minute", writes="1/minute"))

    assert statuses(ask, 3, "/read", "ann") == [200, 200, 429]
    assert statuses(ask, 2, "/write", "ann") == [200, 429]
    assert statuses(ask, 1, "/read", "bob") == [200]


def test_a_caller_is_counted_wherever_the_requests_come_from() -> None:
    ask = asking(limiter_of(reads="2/minute"))

    assert [ask("/read", "ann", f"192.0.2.{number}").status_code for number in range(3)] == [200, 200, 429]


def test_a_refusal_is_a_problem_document_that_says_which_limit_and_when_to_come_back() -> None:
    ask = asking(limiter_of(reads="1/minute"))
    ask("/read", "ann")

    answer = ask("/read", "ann")

    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    body = answer.get_json()
    assert (body["type"], body["limit"]) == ("urn:mailroom:problem:limit-exceeded", "reads")
    assert body["detail"] == "More than 1 reads in 60 s. Try again in 60 s."
    assert answer.headers["Retry-After"] == "60"


def test_every_answer_to_a_counted_request_says_how_its_sender_stands() -> None:
    ask = asking(limiter_of(reads="2/minute"))

    answers = [ask("/read", "ann") for _ in range(3)]
    told = [[answer.headers[name] for name in TOLD] for answer in answers]

    policy = '"reads";q=2;w=60'
    assert told == [["2", "1", "60", policy], ["2", "0", "60", policy], ["2", "0", "60", policy]]


def test_a_refusal_for_want_of_a_permission_is_counted_and_says_so_too() -> None:
    ask = asking(limiter_of(reads="1/minute"))
    answer = ask("/forbidden", "ann")

    assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (403, "0")
    assert ask("/read", "ann").status_code == 429


@pytest.mark.parametrize("path", ["/health", "/nowhere"])
def test_what_is_no_operation_is_not_counted(path: str) -> None:
    ask = asking(limiter_of(reads="1/minute", failures="1/minute"))

    answers = [ask(path) for _ in range(3)]

    assert {answer.status_code for answer in answers} <= {200, 404}
    assert not any("RateLimit-Limit" in answer.headers for answer in answers)


def test_what_anyone_may_ask_is_counted_by_address() -> None:
    ask = asking(limiter_of(reads="1/minute"))

    assert statuses(ask, 2, "/open") == [200, 429]
    assert statuses(ask, 1, "/open", address="192.0.2.2") == [200]


def test_the_addresses_of_one_ipv6_client_are_counted_together() -> None:
    ask = asking(limiter_of(reads="2/minute"))
    found = [ask("/open", address=f"2001:db8:1:2::{number}").status_code for number in range(3)]

    assert found == [200, 200, 429]
    assert ask("/open", address="2001:db8:1:3::1").status_code == 200


def test_an_address_that_a_client_makes_up_does_not_help() -> None:
    ask = asking(limiter_of(reads="1/minute"))
    found = [ask("/open", address=f"203.0.113.{number}, 192.0.2.1").status_code for number in range(2)]

    assert found == [200, 429]


def test_an_address_that_fails_to_authenticate_too_often_is_refused_whatever_it_brings() -> None:
    ask = asking(limiter_of(failures="2/minute", reads="9/minute"))

    assert statuses(ask, 3, "/read", "mallory") == [401, 401, 429]
    assert statuses(ask, 1, "/read", "ann") == [429]
    assert statuses(ask, 1, "/read", "ann", "192.0.2.2") == [200]


def test_a_request_without_a_credential_is_a_failure_too() -> None:
    ask = asking(limiter_of(failures="1/minute"))

    assert [answer.headers["RateLimit-Policy"] for answer in (ask("/read"), ask("/read"))] == [
        '"failures";q=1;w=60'
    ] * 2
    assert ask("/read").get_json()["limit"] == "failures"


def test_who_is_let_in_is_no_failure() -> None:
    ask = asking(limiter_of(failures="1/minute", reads="9/minute"))

    assert statuses(ask, 3, "/read", "ann") == [200, 200, 200]


def test_storage_that_is_away_is_no_failure_of_the_caller() -> None:
    ask = asking(limiter_of(failures="1/minute"))

    assert statuses(ask, 3, "/read", "away") == [503, 503, 503]


def test_logging_in_is_counted_by_address_and_by_account() -> None:
    ask = asking(limiter_of(login="2/minute"))

    assert [ask("/login", address=f"192.0.2.{number}").status_code for number in range(3)] == [200, 200, 429]


def test_how_an_account_stands_is_told_only_when_that_is_what_refuses() -> None:
    ask = asking(limiter_of(login="3/minute"))
    answers = [ask("/login", address=f"192.0.2.{number}") for number in (1, 2, 3, 4)]

    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "2", "2", "0"]
    assert answers[3].get_json()["detail"] == "More than 3 attempts to log in in 60 s. Try again in 60 s."


def test_a_preflight_needs_no_credential_and_is_not_counted() -> None:
    ask = asking(limiter_of(reads="1/minute", failures="1/minute"))
    answers = [ask("/read", method="OPTIONS") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "RateLimit-Limit" not in answers[0].headers


def test_options_that_a_view_answers_itself_is_let_in_like_all_else() -> None:
    app = app_of(limiter_of(failures="9/minute"))
    declared = Operation(summary="Test", tag="Test", needs=Access.KNOWN, limit=Limit.READS)
    app.add_url_rule("/own", "own", operation(declared)(lambda: Response("in")), methods=["OPTIONS"])

    assert app.test_client().options("/own").status_code == 401


def test_an_error_without_a_limit_names_none() -> None:
    assert problem_of(LimitExceeded("too many", 3)).members == {}


def test_an_operation_whose_limit_is_off_says_nothing_of_limits() -> None:
    client: FlaskClient = app_of(limiter_of()).test_client()
    answer = client.get("/read", headers={"Authorization": "Bearer ann"})

    assert answer.status_code == 200
    assert "RateLimit-Limit" not in answer.headers

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mailroom.web.edges import check_host, limit_sizes, protect_answers
from mailroom.web.problems import register_problems


def client_of(*hosts: str) -> FlaskClient:
    app = Flask("test")
    register_problems(app)
    app.add_url_rule("/in", "in", lambda: Response("in"))
    app.add_url_rule("/form", "form", lambda: Response(str(len(request.form))), methods=["POST"])
    app.add_url_rule("/kept", "kept", lambda: Response("in", headers={"Cache-Control": "max-age=60"}))
    health = Blueprint("health", __name__)
    health.add_url_rule("/health/live", "live", lambda: Response("well"))
    app.register_blueprint(health)
    protect_answers(app)
    check_host(app, frozenset(hosts))
    limit_sizes(app, 100_000)
    return app.test_client()


def asked_as(host: str, *hosts: str, path: str = "/in") -> TestResponse:
    return client_of(*hosts).get(path, headers={"Host": host})


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("mail.example.com", "mail.example.com"),
        ("MAIL.example.com", "mail.example.com"),
        ("mail.example.com.", "mail.example.com"),
        ("mail.example.com:8443", "mail.example.com"),
        ("mail.example.com:8443", "mail.example.com:8443"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
    ],
)
def test_a_name_that_is_known_is_answered(host: str, known: str) -> None:
    assert asked_as(host, "other.example.com", known).status_code == 200


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("evil.test", "mail.example.com"),
        ("mail.example.com.evil.test", "mail.example.com"),
        ("evil-mail.example.com", "mail.example.com"),
        ("mail.example.com", "mail.example.com:8443"),
        ("mail.example.com:444", "mail.example.com:8443"),
    ],
)
def test_any_other_is_misdirected(host: str, known: str) -> None:
    answer = asked_as(host, known)

    assert (answer.status_code, answer.get_json()["title"]) == (421, "Misdirected Request")
    assert answer.get_json()["detail"] == "The API isn't known by the name that this request is for."


@pytest.mark.parametrize("host", ["", "mail.example.com/path", "a b", "mail.example.com:port", "mail@evil.test"])
def test_what_is_no_name_is_refused(host: str) -> None:
    answer = asked_as(host, "mail.example.com")

    assert answer.status_code == 400
    assert answer.get_json()["detail"] == "The Host header is missing, or isn't a name or an address."


def test_the_name_is_checked_before_it_is_seen_what_is_asked_for() -> None:
    assert asked_as("evil.test", "mail.example.com", path="/nowhere").status_code == 421


def test_health_answers_whatever_the_name() -> None:
    assert asked_as("localhost", "mail.example.com", path="/health/live").status_code == 200


def test_without_names_all_are_good() -> None:
    assert asked_as("evil.test").status_code == 200


def test_a_query_as_long_as_may_be_is_read_and_a_longer_one_refused() -> None:
    client = client_of()

    assert client.get("/in?" + "a" * 3072).status_code == 200
    answer = client.get("/in?" + "a" * 3073)
    assert (answer.status_code, answer.get_json()["title"]) == (414, "URI Too Long")
    assert answer.get_json()["detail"] == "The query is longer than this service accepts."


def test_a_query_of_as_many_parameters_as_may_be_is_read_and_one_of_more_refused() -> None:
    client = client_of()

    assert client.get("/in?" + "&".join(["a=1"] * 64)).status_code == 200
    answer = client.get("/in?" + "&".join(["a=1"] * 65))
    assert (answer.status_code, answer.get_json()["detail"]) == (414, "The query is longer than this service accepts.")


def test_a_form_is_limited_in_size() -> None:
    client = client_of()

    assert client.post("/form", data={"a": "x" * 1000}).data == b"1"
    assert client.post("/form", data={"a": "x" * 17_000}).status_code == 413


@pytest.mark.parametrize(("parts", "status"), [(16, 200), (17, 413)])
def test_a_form_in_parts_is_limited_in_their_number(parts: int, status: int) -> None:
    data = {str(number): "x" for number in range(parts)}

    assert client_of().post("/form", data=data, content_type="multipart/form-data").status_code == status


def test_a_part_of_a_form_is_limited_in_size() -> None:
    answer = client_of().post("/form", data={"a": "x" * 17_000}, content_type="multipart/form-data")

    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/in", "/nowhere", "/health/live"])
def test_no_type_is_guessed_and_nothing_kept(path: str) -> None:
    headers = client_of().get(path).headers

    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_a_view_may_say_that_its_answer_can_be_kept() -> None:
    assert client_of().get("/kept").headers["Cache-Control"] == "max-age=60"

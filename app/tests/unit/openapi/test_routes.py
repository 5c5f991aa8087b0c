"""/openapi.json and /docs."""

from __future__ import annotations

import re
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mailroom.openapi.document import document
from mailroom.openapi.routes import documentation_routes
from support.documents import an_app


@pytest.fixture(scope="module")
def app() -> Flask:
    return an_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def asset_urls(client: FlaskClient) -> list[str]:
    return re.findall(r'"(/docs/assets/[^"]+)"', client.get("/docs").text)


def test_the_document_is_served_to_anyone(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/openapi.json")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == document(app)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_who_has_it_already_is_told_so(client: FlaskClient, path: str) -> None:
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"


def test_who_has_another_one_gets_it(client: FlaskClient) -> None:
    assert client.get("/openapi.json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make = Mock(return_value={})
    monkeypatch.setattr("mailroom.openapi.routes.document", make)
    app = Flask("test", static_folder=None)
    app.register_blueprint(documentation_routes())

    answers = [app.test_client().get("/openapi.json").get_json() for _ in range(2)]

    assert (answers, make.call_count) == ([{}, {}], 1)


def test_the_page_may_load_from_its_own_host_only(client: FlaskClient) -> None:
    answer = client.get("/docs")

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "Set-Cookie" not in answer.headers
    assert "http" not in answer.text
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", answer.text)


def test_the_page_names_the_document(client: FlaskClient) -> None:
    assert 'data-document="/openapi.json"' in client.get("/docs").text


def test_each_file_of_the_page_is_there_for_ever(client: FlaskClient) -> None:
    found = {url.rpartition("/")[2]: client.get(url) for url in asset_urls(client)}

    assert {name: (answer.status_code, answer.content_type) for name, answer in found.items()} == {
        "favicon.png": (200, "image/png"),
        "swagger-ui.css": (200, "text/css; charset=utf-8"),
        "swagger-ui-bundle.js": (200, "text/javascript; charset=utf-8"),
        "start.js": (200, "text/javascript; charset=utf-8"),
    }
    assert {answer.headers["Cache-Control"] for answer in found.values()} == {"public, max-age=31536000, immutable"}
    assert b"SwaggerUIBundle(" in found["start.js"].data
    assert b"SwaggerUIBundle" in found["swagger-ui-bundle.js"].data


def test_a_page_of_another_release_gets_the_file_but_not_to_keep(client: FlaskClient) -> None:
    answer = client.get("/docs/assets/0000000000000000/start.js")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["index.html", "routes.py", "..%2froutes.py", "swagger-ui.js"])
def test_no_other_file_is_served(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/docs/assets/0000000000000000/{name}")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_an_app_without_documentation_has_neither() -> None:
    client = an_app(docs=False).test_client()

    assert [client.get(path).status_code for path in ("/openapi.json", "/docs")] == [404, 404]

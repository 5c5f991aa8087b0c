"""What a declaration becomes in the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from flask import Flask, Response
from pydantic import Field, JsonValue

from mailroom.access.permissions import Permission
from mailroom.openapi.document import document
from mailroom.web.operation import Access, AskedHeader, Limit, Operation, operation
from mailroom.web.shapes import Asked, AskedQuery, Shown


class Thing(Asked):
    name: str
    note: str | None = None
    labels: dict[str, str] = Field(default={})
    names: dict[Annotated[str, Field(max_length=3, pattern="^[a-z]+$")], int] = Field(default={})
    anything: JsonValue = None


class ShownThing(Shown):
    """A thing."""

    id: int
    kind: str = Field(default="plain", alias="type")


class Filter(AskedQuery):
    tag: list[str] = Field(default=[], description="Only these.")
    size: int | None = Field(default=None, ge=1)
    word: str
    after: int | str | None = None


def a_view(**path: object) -> Response:
    """Say what it is for."""
    return Response(str(path))


def quiet(**path: object) -> Response:
    return Response(str(path))


Describe = Callable[..., dict[str, Any]]


def described(
    rule: str = "/things", view: Callable[..., Response] = quiet, method: str = "GET", **declared: object
) -> dict[str, Any]:
    """Return the document of an app with one operation."""
    known: dict[str, Any] = {
        "summary": "Test",
        "tag": "Things",
        "needs": Permission.MESSAGES_READ,
        "limit": Limit.READS,
        "answers": {200: ShownThing},
    }
    app = Flask("test", static_folder=None)
    app.add_url_rule(rule, "things.one", operation(Operation(**{**known, **declared}))(view), methods=[method])
    return document(app)


def only(document: dict[str, Any]) -> dict[str, Any]:
    """Return its only operation."""
    ((found,),) = (path.values() for path in document["paths"].values())
    return dict(found)


def statuses(document: dict[str, Any]) -> list[str]:
    return list(only(document)["responses"])


def test_an_operation_is_named_by_its_endpoint_and_tag() -> None:
    found = only(described())

    assert (found["operationId"], found["tags"], found["summary"]) == ("things_one", ["Things"], "Test")


def test_what_a_view_says_of_itself_and_who_may_ask_is_told() -> None:
    assert only(described(view=a_view))["description"] == (
        "Say what it is for.\n\nNeeds the permission `messages:read`."
    )


@pytest.mark.parametrize(
    ("needs", "security", "permission", "words"),
    [
        (Permission.KEYS_MANAGE, [{"bearer": []}], "keys:manage", "Needs the permission `keys:manage`."),
        (Access.KNOWN, [{"bearer": []}], None, "Needs a credential, and no permission."),
        (Access.ANYONE, [], None, "Anyone may ask for it."),
    ],
)
def test_who_may_ask_is_told(needs: object, security: list[object], permission: str | None, words: str) -> None:
    found = only(described(needs=needs))

    assert (found["security"], found.get("x-permission"), found["description"]) == (security, permission, words)


@pytest.mark.parametrize(
    ("rule", "declared", "expected"),
    [
        ("/a", {}, ["200", "401", "403", "429", "503"]),
        ("/a", {"needs": Access.KNOWN}, ["200", "401", "429", "503"]),
        ("/a", {"needs": Access.ANYONE}, ["200", "429", "503"]),
        ("/a/<int:n>", {"needs": Access.ANYONE}, ["200", "404", "429", "503"]),
        ("/a", {"needs": Access.ANYONE, "query": Filter}, ["200", "414", "422", "429", "503"]),
        (
            "/a",
            {"needs": Access.ANYONE, "body": Thing, "method": "POST"},
            ["200", "400", "413", "415", "422", "429", "503"],
        ),
        ("/a", {"needs": Access.ANYONE, "problems": {409: "It is there."}}, ["200", "409", "429", "503"]),
    ],
)
def test_the_problems_are_those_it_can_have(rule: str, declared: dict[str, Any], expected: list[str]) -> None:
    assert statuses(described(rule, **declared)) == expected


def test_a_problem_of_its_own_is_told_in_its_own_words() -> None:
    found = described("/things/<int:n>", problems={404: "There is no such thing.", 409: "It is there."})
    responses = only(found)["responses"]

    assert responses["404"]["description"] == "There is no such thing."
    assert responses["409"]["description"] == "It is there."
    assert responses["409"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


def test_a_problem_of_its_own_keeps_the_headers_of_its_status() -> None:
    found = described(problems={503: "It is away.", 429: "Too many."})

    assert "Retry-After" in only(found)["responses"]["503"]["headers"]


def test_a_problem_that_many_have_is_one_component() -> None:
    found = described()

    assert only(found)["responses"]["401"] == {"$ref": "#/components/responses/NotAuthenticated"}
    assert "WWW-Authenticate" in found["components"]["responses"]["NotAuthenticated"]["headers"]


def test_an_answer_has_its_shape_and_its_headers() -> None:
    answer = only(described(headers={"Location": "Where it is."}))["responses"]["200"]

    assert answer["description"] == "A thing."
    assert answer["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/ShownThing"}}}
    assert answer["headers"]["Location"] == {"description": "Where it is.", "schema": {"type": "string"}}
    assert answer["headers"]["X-Request-ID"] == {"$ref": "#/components/headers/X-Request-ID"}


def test_an_empty_answer_has_no_content() -> None:
    answer = only(described(answers={204: None}))["responses"]["204"]

    assert (answer["description"], "content" in answer) == ("No Content.", False)


def test_an_answer_shows_what_has_a_default_under_its_name() -> None:
    schema = described()["components"]["schemas"]["ShownThing"]

    assert schema["required"] == ["id", "type"]
    assert "title" not in schema["properties"]["id"]


def test_a_body_is_required_and_has_its_examples() -> None:
    body = only(described(method="POST", body=Thing, examples={"small": {"name": "a"}}))["requestBody"]

    assert body == {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Thing"},
                "examples": {"small": {"value": {"name": "a"}}},
            }
        },
    }


def test_a_body_without_examples_has_none() -> None:
    body = only(described(method="POST", body=Thing))["requestBody"]

    assert "examples" not in body["content"]["application/json"]


def test_each_text_of_a_body_says_that_it_can_not_have_a_nul() -> None:
    fields = described(method="POST", body=Thing)["components"]["schemas"]["Thing"]["properties"]

    assert fields["name"] == {"type": "string", "pattern": r"^(?![\s\S]*\u0000)"}
    assert fields["labels"]["propertyNames"] == {"pattern": r"^(?![\s\S]*\u0000)"}
    assert fields["labels"]["additionalProperties"] == fields["name"]


def test_an_object_says_which_names_it_takes() -> None:
    fields = described(method="POST", body=Thing)["components"]["schemas"]["Thing"]["properties"]

    assert fields["names"]["propertyNames"] == {"maxLength": 3, "pattern": "^[a-z]+$"}
    assert fields["names"]["additionalProperties"] == {"type": "integer"}


def test_any_json_says_what_its_texts_may_be() -> None:
    value = described(method="POST", body=Thing)["components"]["schemas"]["JsonValue"]

    assert {"type": "string", "pattern": r"^(?![\s\S]*\u0000)"} in value["anyOf"]


def parameter(name: str, query: type[AskedQuery] = Filter) -> dict[str, Any]:
    return next(one for one in only(described(query=query))["parameters"] if one["name"] == name)


def test_a_query_becomes_parameters_and_no_component() -> None:
    found = described(query=Filter)

    assert [one["name"] for one in only(found)["parameters"]] == ["tag", "size", "word", "after"]
    assert "Filter" not in found["components"]["schemas"]


def test_two_operations_may_take_the_same_query() -> None:
    app = Flask("test", static_folder=None)
    for path in ("/a", "/b"):
        one = Operation(summary="Test", tag="Things", needs=Access.KNOWN, limit=Limit.READS, query=Filter)
        app.add_url_rule(path, path, operation(one)(quiet))

    assert [len(path["get"]["parameters"]) for path in document(app)["paths"].values()] == [4, 4]


def test_a_list_in_a_query_is_written_by_repeating_its_name() -> None:
    tag = parameter("tag")

    assert (tag["style"], tag["explode"], tag["required"], tag["description"]) == ("form", True, False, "Only these.")


def test_what_may_be_left_out_of_a_query_is_not_null() -> None:
    assert parameter("size")["schema"] == {"type": "integer", "minimum": 1}


def test_what_may_be_one_of_two_kinds_says_both() -> None:
    kinds = parameter("after")["schema"]["anyOf"]

    assert [kind["type"] for kind in kinds] == ["integer", "string"]


def test_what_must_be_in_a_query_is_required() -> None:
    assert parameter("word")["required"] is True


def test_a_header_that_is_read_is_told_with_what_it_takes() -> None:
    asked = {"If-Match": "Which one.", "Idempotency-Key": AskedHeader("Once only.", "^[!-~]{1,255}$")}

    assert only(described(asked_headers=asked))["parameters"] == [
        {"name": "If-Match", "in": "header", "description": "Which one.", "schema": {"type": "string"}},
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Once only.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        },
    ]


@pytest.mark.parametrize(
    ("rule", "schema"),
    [
        ("<uuid:x>", {"type": "string", "format": "uuid"}),
        ("<int:x>", {"type": "integer", "minimum": 0}),
        ("<int(min=1, max=9):x>", {"type": "integer", "minimum": 1, "maximum": 9}),
        ("<float:x>", {"type": "number", "minimum": 0}),
        ("<any(b, a):x>", {"type": "string", "enum": ["a", "b"]}),
        ("<x>", {"type": "string", "minLength": 1, "pattern": r"^(?!.*\u0000)(?:[^/]{1,})$"}),
        ("<string:x>", {"type": "string", "minLength": 1, "pattern": r"^(?!.*\u0000)(?:[^/]{1,})$"}),
    ],
)
def test_a_parameter_of_the_path_is_what_its_converter_takes(rule: str, schema: dict[str, Any]) -> None:
    found = described(f"/a/{rule}/b")

    assert list(found["paths"]) == ["/a/{x}/b"]
    assert only(found)["parameters"] == [{"name": "x", "in": "path", "required": True, "schema": schema}]


def test_a_view_that_is_no_operation_is_not_told_of() -> None:
    app = Flask("test", static_folder=None)
    app.add_url_rule("/health", "health", lambda: "ok")

    assert document(app)["paths"] == {}


def test_a_body_may_come_as_several_types() -> None:
    content = only(described(method="POST", body=Thing, body_types=["application/json", "text/plain"]))["requestBody"]

    assert list(content["content"]) == ["application/json", "text/plain"]


def test_each_answer_may_tell_of_the_rate_limit() -> None:
    headers = only(described())["responses"]["200"]["headers"]

    assert headers["RateLimit-Remaining"] == {"$ref": "#/components/headers/RateLimit-Remaining"}

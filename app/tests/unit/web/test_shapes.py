from __future__ import annotations

import pytest
from pydantic import ConfigDict, Field, JsonValue
from werkzeug.datastructures import MultiDict

from mailroom.errors import FieldError, InvalidRequest
from mailroom.web.shapes import Asked, AskedQuery, read_body, read_query


class Query(AskedQuery):
    count: int = Field(default=10, ge=1, le=20)
    tag: list[str] = Field(default=[])


def refusal(*pairs: tuple[str, str]) -> list[FieldError]:
    with pytest.raises(InvalidRequest) as caught:
        read_query(Query, MultiDict(pairs))
    return caught.value.errors


def test_words_are_read_as_what_they_stand_for() -> None:
    assert read_query(Query, MultiDict([("count", "7"), ("tag", "a"), ("tag", "b")])) == Query(count=7, tag=["a", "b"])


def test_what_is_left_out_has_its_default() -> None:
    assert read_query(Query, MultiDict()) == Query(count=10, tag=[])


def test_a_wrong_word_is_refused_with_its_parameter() -> None:
    assert refusal(("count", "21")) == [FieldError("Input should be less than or equal to 20.", parameter="count")]


def test_an_unknown_parameter_is_refused() -> None:
    assert refusal(("cuont", "7")) == [FieldError("This field is not known.", parameter="cuont")]


def test_a_parameter_that_stands_twice_is_refused() -> None:
    assert refusal(("count", "7"), ("count", "8")) == [FieldError("This may stand only once.", parameter="count")]


def test_a_word_that_can_not_be_stored_is_refused() -> None:
    assert refusal(("tag", "a"), ("tag", "b\x00")) == [
        FieldError("This must not contain the character NUL.", parameter="tag")
    ]


class Body(Asked):
    name: str = ""
    data: JsonValue = None


def wrong(body: object) -> list[FieldError]:
    with pytest.raises(InvalidRequest) as caught:
        read_body(Body, body)
    return caught.value.errors


def test_a_body_is_read_into_its_shape() -> None:
    assert read_body(Body, {"data": {"a": ["b"]}}) == Body(data={"a": ["b"]})


def test_a_text_that_can_not_be_stored_is_refused_wherever_it_stands() -> None:
    assert wrong({"data": {"a": ["\x00"]}}) == [
        FieldError("This must not contain the character NUL.", pointer="#/data/a/0")
    ]


def test_all_that_is_wrong_with_a_body_is_told_at_once() -> None:
    errors = wrong({"name": 1, "nmae": "", "data": "\x00"})

    assert {error.pointer for error in errors} == {"#/name", "#/nmae", "#/data"}


def test_a_field_that_is_wrong_twice_is_told_once() -> None:
    assert [error.pointer for error in wrong({"name": "\ud800"})] == ["#/name"]


class Open(Asked):
    model_config = ConfigDict(extra="ignore")
    name: str = Field(default="", alias="Name")


def test_what_is_not_read_of_an_open_body_may_say_anything() -> None:
    assert read_body(Open, {"Name": "a", "other": {"\x00": ["\ud800"]}}) == Open(Name="a")

    with pytest.raises(InvalidRequest):
        read_body(Open, {"Name": "\x00"})

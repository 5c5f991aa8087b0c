from __future__ import annotations

import re
import sys

import pytest

from mailroom.web.texts import DEPTH_MOST, NOT_BLANK_LINE_PATTERN, STORABLE_PATTERN, Location, complaints

NUL = "This must not contain the character NUL."
# ECMA's `$` is the end; Python's is before a last newline too.
LINE = re.compile(NOT_BLANK_LINE_PATTERN.replace("$", r"\Z"))
SURROGATE = "This must be Unicode text without lone surrogates."


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\x00b", {(): NUL}),
        ({"a": "\x00"}, {("a",): NUL}),
        ({"a": ["b", {"c": "\ud800"}]}, {("a", 1, "c"): SURROGATE}),
        ({"a\x00": 1}, {("a\x00",): NUL}),
        ({"a": {"\udfff": 1}}, {("a", "\udfff"): SURROGATE}),
        ({"a": "\x00", "b": "\x00"}, {("a",): NUL, ("b",): NUL}),
    ],
)
def test_what_can_not_be_stored_is_found_wherever_it_stands(value: object, found: dict[Location, str]) -> None:
    assert dict(complaints(value)) == found


@pytest.mark.parametrize("value", ["", "é\U0001f600\x01\n", 1, 1.5, True, None, [], {}, {"a": [{"b": "c"}]}])
def test_all_else_can_be_stored(value: object) -> None:
    assert list(complaints(value)) == []


def test_a_value_may_be_nested_deeply() -> None:
    assert list(complaints(nested(DEPTH_MOST))) == []


@pytest.mark.parametrize("depth", [DEPTH_MOST + 1, 50_000])
def test_a_value_that_is_nested_more_deeply_is_found_once(depth: int) -> None:
    ((location, reason),) = complaints(nested(depth))

    assert (len(location), reason) == (DEPTH_MOST, "This is nested too deeply.")


@pytest.mark.parametrize(("text", "fits"), [("", True), ("a\nb\u2028", True), ("\x00", False), ("a\n\x00b", False)])
def test_the_pattern_of_a_text_says_the_same(text: str, fits: bool) -> None:  # noqa: FBT001 - a column of a table
    assert bool(re.search(STORABLE_PATTERN, text)) is fits


def test_the_pattern_of_a_line_that_is_not_blank_knows_each_character() -> None:
    def fits(character: str) -> bool:
        return character >= " " and character != "\x7f" and bool(character.strip())

    characters = [chr(number) for number in range(sys.maxunicode + 1) if not 0xD800 <= number <= 0xDFFF]

    assert [one for one in characters if bool(LINE.search(one)) is not fits(one)] == []


@pytest.mark.parametrize("text", [" a ", "a b", "\u2003a"])
def test_the_pattern_takes_a_line_with_blanks_in_it(text: str) -> None:
    assert LINE.search(text)


@pytest.mark.parametrize("text", ["", " ", "a\n", "\na", "a\x7f", "\u3000 \u00a0"])
def test_the_pattern_refuses_what_is_no_line_or_blank(text: str) -> None:
    assert not LINE.search(text)

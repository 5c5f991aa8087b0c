"""Ansible's set filters (union, difference, …) give what is left in another order with every run of it.

A file that is written in such an order changes with each converge, and a message names other hosts first.
"""

from __future__ import annotations

import re

import pytest

from tests.contract.tree import ROOT, matching

SET_FILTER = re.compile(r"\|\s*(?:union|difference|intersect|symmetric_difference)\(")
ORDERED_OR_COUNTED = re.compile(r"[\s)]*\|\s*(?:sort|length)\b")


def unordered(text: str) -> list[str]:
    """Return the uses of a set filter whose result is neither sorted nor only counted."""
    return [found[0] for found in SET_FILTER.finditer(text) if not ORDERED_OR_COUNTED.match(text, end_of(found, text))]


def end_of(found: re.Match[str], text: str) -> int:
    """Return where a filter's arguments end."""
    depth, place = 1, found.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
    return place


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("a | union(b)", 1),
        ("a | union(b | map('x', (c))) | list", 1),
        ("(a | union(b)) | sort | join", 0),
        ("a | difference(f(b)) | length", 0),
    ],
)
def test_a_result_without_an_order_is_found(text: str, wrong: int) -> None:
    assert len(unordered(text)) == wrong


def test_what_a_set_filter_leaves_has_an_order() -> None:
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in matching("roles/**/*", "playbooks/**/*")}
    assert {path: uses for path, text in texts.items() if (uses := unordered(text))} == {}

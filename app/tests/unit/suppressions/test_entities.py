from __future__ import annotations

import pytest

from mailroom.suppressions.entities import listed_address


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.Lee@Example.COM", "ann.lee@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("Ann <ann@example.com>", "ann@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann..lee@example.com", "ann..lee@example.com"),
        ("a" * 70 + "@example.com", "a" * 70 + "@example.com"),
    ],
)
def test_an_address_is_listed_in_one_form_however_it_is_written(text: str, listed: str) -> None:
    assert listed_address(text) == listed


@pytest.mark.parametrize(
    "text", ["", "ann", "unknown", "änn..x@example.com", "a" * 320 + "@example.com", "a..\x00@b.example"]
)
def test_what_is_no_address_is_not_listed(text: str) -> None:
    assert listed_address(text) is None

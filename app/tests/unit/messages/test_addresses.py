from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.messages.addresses import InvalidAddress, checked_address, checked_sender


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.Lee+tag@EXAMPLE.com", "Ann.Lee+tag@example.com"),
        ("ann@mailroom.test", "ann@mailroom.test"),
        ("ann@bücher.example.org", "ann@xn--bcher-kva.example.org"),
    ],
)
def test_a_well_formed_address_comes_out_as_ses_takes_it(text: str, expected: str) -> None:
    assert checked_address(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must have an @-sign"),
        ("ann", "must have an @-sign"),
        ("ann@", "something after the @-sign"),
        ("@example.com", "something before the @-sign"),
        ("ann@localhost", "should have a period"),
        ("ann@example.com\nBcc: bob@example.com", "invalid characters"),
        ("ann lee@example.com", "invalid characters"),
        ("ann@example.com, bob@example.com", "invalid characters"),
        ("Ann <ann@example.com>", "display name"),
        ("ann@[127.0.0.1]", "not valid|not allowed|not permitted|instead of a domain"),
        ("grüße@example.com", "not supported|Internationalized"),
        ("a" * 65 + "@example.com", "too long"),
    ],
)
def test_a_malformed_address_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidAddress, match=reason):
        checked_address(text)


@given(st.text(max_size=80) | st.emails())
def test_whatever_comes_what_passes_is_one_ascii_address_in_a_stable_form(text: str) -> None:
    try:
        address = checked_address(text)
    except InvalidAddress:
        return
    assert address.isascii()
    assert address.isprintable()
    assert address.count("@") == 1
    assert checked_address(address) == address


def test_a_sender_may_have_a_name() -> None:
    assert checked_sender("Mail Room <noreply@mailroom.test>") == "Mail Room <noreply@mailroom.test>"
    assert checked_sender("noreply@mailroom.test") == "noreply@mailroom.test"

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.request_ids import accept_or_make


@given(st.text("abcXYZ019_-", min_size=1, max_size=64))
def test_a_well_formed_id_is_passed_on(offered: str) -> None:
    assert accept_or_make(offered) == offered


@given(st.text())
def test_whatever_comes_in_a_well_formed_id_comes_out(offered: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", accept_or_make(offered))


@pytest.mark.parametrize("offered", [None, "", "a" * 65, "a b", "a\n", "ä", '"'])
def test_anything_else_is_replaced_by_a_new_one(offered: str | None) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", accept_or_make(offered))
    assert accept_or_make(offered) != accept_or_make(offered)

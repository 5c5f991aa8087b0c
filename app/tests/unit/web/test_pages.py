from __future__ import annotations

import pytest
from flask import Flask

from mailroom.web.pages import paged

LETTERS = ["a", "b", "c", "d", "e"]


def page(after: str | None, limit: int) -> tuple[list[str], dict[str, str]]:
    """Return the page of the letters after one of them."""
    first = LETTERS.index(after) + 1 if after else 0
    with Flask(__name__).test_request_context("/letters?kind=x&after=old"):
        found, link = paged(lambda most: LETTERS[first : first + most], limit, str.upper)
    return list(found), link


@pytest.mark.parametrize(("after", "limit"), [(None, 2), ("b", 2), (None, 4)])
def test_a_page_that_is_not_the_last_links_to_what_is_behind_its_last_entry(after: str | None, limit: int) -> None:
    found, link = page(after, limit)

    assert len(found) == limit
    assert link == {"Link": f'</letters?kind=x&after={found[-1].upper()}>; rel="next"'}


@pytest.mark.parametrize(("after", "limit"), [("d", 2), ("c", 2), (None, 5), ("e", 2)])
def test_the_last_page_links_nowhere_though_it_be_full_or_empty(after: str | None, limit: int) -> None:
    first = LETTERS.index(after) + 1 if after else 0

    assert page(after, limit) == (LETTERS[first:], {})

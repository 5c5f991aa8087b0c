"""Pages of a list: from a place on, not by number, so that what is inserted meanwhile moves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from flask import request
from pydantic import Field

PAGE_MOST = 200
Limit = Annotated[int, Field(ge=1, le=PAGE_MOST, description="How many at most.")]
# What an operation that answers with a page tells of its headers.
NEXT_PAGE = {"Link": "The next page, where there is one."}

Entry = TypeVar("Entry")


def paged(
    ask: Callable[[int], Sequence[Entry]], limit: int, place: Callable[[Entry], object]
) -> tuple[Sequence[Entry], dict[str, str]]:
    """Return a page and its Link header. `ask` returns up to so many entries, `place` the `after` behind one."""
    # One more than is wanted tells whether there is a next page.
    found = ask(limit + 1)
    page = found[:limit]
    return page, link_header(str(place(page[-1])) if len(found) > limit else None)


def link_header(after: str | None) -> dict[str, str]:
    """Return the Link header (RFC 8288) to the next page, which begins after a place; {} on the last page."""
    if after is None:
        return {}
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return {"Link": f'<{request.path}?{urlencode([*query, ("after", after)])}>; rel="next"'}

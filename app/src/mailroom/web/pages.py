"""Pages of a list: from a place on, not by number, so that what is inserted meanwhile moves nothing."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from flask import request
from pydantic import Field

PAGE_MOST = 200
Limit = Annotated[int, Field(ge=1, le=PAGE_MOST, description="How many at most.")]


def link_header(after: str | None) -> dict[str, str]:
    """Return the Link header (RFC 8288) to the next page, which begins after a place; {} on the last page."""
    if after is None:
        return {}
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return {"Link": f'<{request.path}?{urlencode([*query, ("after", after)])}>; rel="next"'}

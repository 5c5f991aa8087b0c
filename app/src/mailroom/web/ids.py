"""Ids in the paths of addresses."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

# PostgreSQL's bigint.
ID_MOST = 2**63 - 1


class IdConverter(IntegerConverter):
    """`<id:name>`: the number that names something. What no bigint holds is read as the highest, which names nothing.

    To match nothing would look as if the address took other methods only.
    """

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map)

    def to_python(self, value: str) -> Any:  # noqa: ANN401 - as its base says
        """Return the id."""
        # Python reads no number of thousands of digits.
        return min(int(value), ID_MOST) if len(value) <= len(str(ID_MOST)) else ID_MOST

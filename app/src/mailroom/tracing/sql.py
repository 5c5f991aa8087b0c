"""Spans of SQL: one for each statement that belongs to a traced request or delivery."""

from __future__ import annotations

from typing import Any, Self

from psycopg import Cursor
from psycopg.abc import Query

from mailroom.tracing.tracer import Side, Tracer

_LONGEST_NAME = 60


def traced_cursor(tracer: Tracer) -> type[Cursor[Any]]:
    """Return cursors that open a span for what they execute. Values are bound, so its text is ours alone."""

    class TracedCursor(Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Self:  # noqa: ANN401 - psycopg's has overloads
            if not tracer.traces():
                return super().execute(query, *arguments, **options)
            with tracer.span(_name(query), Side.CLIENT, {"db.system.name": "postgresql"}):
                return super().execute(query, *arguments, **options)

    return TracedCursor


def _name(query: Query) -> str:
    text = query if isinstance(query, str) else type(query).__name__
    return " ".join(text.split())[:_LONGEST_NAME]

"""Lists of messages, from the newest back; an index serves each filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mailroom.ids import lowest_message_id
from mailroom.messages.entities import State


@dataclass(frozen=True, slots=True)
class Filters:
    """Which messages are wanted; None is any. From `created_after` on, before `created_before`, by the millisecond.

    `after` is the last message of the page before: only older ones are wanted.
    """

    state: State | None = None
    to: str | None = None
    tag: str | None = None
    caller: str | None = None
    template: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    after: UUID | None = None


# Ids are in the order of creation: what is said of times and places is said of ids.
_CONDITIONS = {
    "state": "m.state = %(state)s",
    "to": "lower(m.recipient) = lower(%(to)s)",
    "tag": "t.tag = %(tag)s",
    "caller": "m.caller = %(caller)s",
    "template": "m.template = %(template)s",
    "from": "m.id >= %(from)s",
    "before": "m.id < %(before)s",
    # Said of the tags too, since what is said of one side of a join with `<` isn't taken over to the other.
    "tagged_from": "t.message_id >= %(from)s",
    "tagged_before": "t.message_id < %(before)s",
}
_TAGGED = " JOIN message_tags t ON t.message_id = m.id"


def listing(columns: str, filters: Filters, limit: int) -> tuple[str, dict[str, object]]:
    """Return a statement over `messages m` with its values."""
    values: dict[str, object] = {
        "state": filters.state.value if filters.state else None,
        "to": filters.to,
        "tag": filters.tag,
        "caller": filters.caller,
        "template": filters.template,
        "from": lowest_message_id(filters.created_after) if filters.created_after else None,
        "before": _before(filters),
    }
    asked = {name: value for name, value in values.items() if value is not None}
    names = [*asked, *(f"tagged_{name}" for name in ("from", "before") if filters.tag and name in asked)]
    where = " AND ".join(_CONDITIONS[name] for name in names)
    order = "t.message_id" if filters.tag else "m.id"
    statement = (
        f"SELECT {columns} FROM messages m{_TAGGED if filters.tag else ''}"  # noqa: S608 - of constants, values are bound
        f"{' WHERE ' + where if where else ''} ORDER BY {order} DESC LIMIT %(limit)s"
    )
    return statement, {**asked, "limit": limit}


def _before(filters: Filters) -> UUID | None:
    ends = [filters.after] if filters.after else []
    if filters.created_before:
        ends.append(lowest_message_id(filters.created_before))
    return min(ends, default=None)

"""What callers may ask of a list of messages."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from mailroom.messages.entities import State
from mailroom.messages.fields import Address, Moment, Tag
from mailroom.messages.listing import Filters
from mailroom.templates.schemas import Name
from mailroom.web.pages import Limit
from mailroom.web.shapes import AskedQuery


class MessagesQuery(AskedQuery):
    """Which messages, and which page of them, are asked for. All filters must hold."""

    state: State | None = None
    to: Address | None = Field(default=None, description="The recipient, in upper or lower case.")
    tag: Tag | None = None
    caller: str | None = Field(
        default=None, pattern=r"^(key|user|outside):[!-~]{1,255}$", description="Who asked for it, such as key:7."
    )
    template: Name | None = None
    created_after: Moment | None = Field(default=None, description="From this time on, by the millisecond.")
    created_before: Moment | None = Field(default=None, description="Before this time, by the millisecond.")
    limit: Limit = 50
    after: UUID | None = Field(default=None, description="The last message of the page before.")

    def filters(self) -> Filters:
        """Return what is asked for."""
        return Filters(**self.model_dump(exclude={"limit"}))

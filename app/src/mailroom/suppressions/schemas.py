"""What callers write and read of the suppression list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field

from mailroom.messages.schemas import Address
from mailroom.messages.words import check_one_line
from mailroom.suppressions.entities import Reason, Suppression, Wanted
from mailroom.web.ids import ID_MOST
from mailroom.web.pages import Limit
from mailroom.web.shapes import Asked, AskedQuery, Shown
from mailroom.web.texts import LINE_PATTERN

_DETAIL_CHARACTERS = 500
_PAGE = 50


Detail = Annotated[
    str,
    Field(min_length=1, max_length=_DETAIL_CHARACTERS, json_schema_extra={"pattern": LINE_PATTERN}),
    AfterValidator(check_one_line),
]


class NewSuppression(Asked):
    """An address that is to get no more mail."""

    address: Address
    detail: Detail | None = Field(default=None, description="Why, for people.")


class SuppressionQuery(AskedQuery):
    """Which entries are wanted."""

    limit: Limit = _PAGE
    after: int | None = Field(default=None, ge=1, le=ID_MOST, description="As the Link to the next page has it.")
    reason: Reason | None = Field(default=None, description="Only those with this reason.")
    address: Address | None = Field(default=None, description="Only this address.")

    def wanted(self) -> Wanted:
        """Return what is asked for."""
        return Wanted(self.limit, self.after, self.reason, self.address.lower() if self.address else None)


class ShownSuppression(Shown):
    """An entry of the list."""

    id: int
    address: str
    reason: Reason
    detail: str | None
    message_id: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, suppression: Suppression) -> Self:
        """Return what a caller sees of it."""
        return cls(
            id=suppression.id,
            address=suppression.address,
            reason=suppression.reason,
            detail=suppression.detail,
            message_id=suppression.message_id,
            created_at=suppression.created_at,
        )


class ShownSuppressions(Shown):
    """A page of the list, newest first."""

    items: list[ShownSuppression]

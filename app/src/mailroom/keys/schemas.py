"""What callers write and read of API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BeforeValidator, Field

from mailroom.access.permissions import Permission
from mailroom.accounts.schemas import Name
from mailroom.keys.entities import ApiKey, NewKey
from mailroom.web.ids import ID_MOST
from mailroom.web.pages import Limit
from mailroom.web.shapes import Asked, AskedQuery, Shown


def _written(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("This must be a time as in 2030-01-31T12:00:00Z.")  # noqa: TRY004 - pydantic wants this one
    return value


# Not strict: JSON has words, neither times nor permissions. A number is no time.
AskedTime = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written)]
AskedPermission = Annotated[Permission, Field(strict=False)]


class NewKeyRequest(Asked):
    """An API key to be."""

    name: Name
    scopes: list[AskedPermission] = Field(min_length=1, max_length=len(Permission))
    expires_at: AskedTime | None = None

    def key(self) -> NewKey:
        """Return what is asked for."""
        return NewKey(self.name, frozenset(self.scopes), self.expires_at)


class KeyQuery(AskedQuery):
    """A page of keys, in the order in which they were made."""

    after: int = Field(default=0, ge=0, le=ID_MOST, description="Begin after the key of this id.")
    limit: Limit = 50


class ShownKey(Shown):
    """An API key, all but itself."""

    id: int
    name: str
    scopes: list[Permission]
    shown: str | None = Field(description="How the key begins; null where it wasn't made here.")
    created_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="Written at most once a minute.")

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Return what a caller sees of it."""
        return cls(**_shown(key))


class MadeKey(ShownKey):
    """An API key that was made just now, with itself: it is shown this once."""

    key: str = Field(repr=False)

    @classmethod
    def made(cls, key: ApiKey, text: str) -> Self:
        """Return what its maker sees of it."""
        return cls(**_shown(key), key=text)


class ShownKeys(Shown):
    """A page of keys."""

    keys: list[ShownKey]


def _shown(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in ShownKey.model_fields} | {"scopes": sorted(key.scopes)}

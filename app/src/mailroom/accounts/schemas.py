"""What callers write and read of users and logins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from mailroom.access.caller import Caller, CallerKind
from mailroom.access.permissions import Permission, Role
from mailroom.accounts.entities import (
    NAME_MOST,
    PASSWORD_LEAST,
    PASSWORD_MOST,
    Login,
    NewUser,
    User,
    UserChange,
    normal_address,
)
from mailroom.messages.words import check_line
from mailroom.web.ids import ID_MOST
from mailroom.web.pages import Limit
from mailroom.web.shapes import Asked, AskedQuery, Shown
from mailroom.web.texts import NOT_BLANK_LINE_PATTERN

_TOKEN_MOST = 200
# A grant is either of these, and nothing of the other.
_GRANTS: dict[str, tuple[str, ...]] = {"password": ("email", "password"), "refresh": ("refresh_token",)}


def _grant_schema(schema: dict[str, Any]) -> None:
    string = {"type": "string"}
    schema["oneOf"] = [
        {
            "properties": {"grant": {"const": grant}, **dict.fromkeys(names, string)},
            "required": ["grant", *names],
            "not": {"anyOf": [{"required": [name]} for name in _others(grant)]},
        }
        for grant, names in _GRANTS.items()
    ]


def _others(grant: str) -> list[str]:
    return [name for other, names in _GRANTS.items() if other != grant for name in names]


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(normal_address)]
Name = Annotated[
    str,
    Field(min_length=1, max_length=NAME_MOST, json_schema_extra={"pattern": NOT_BLANK_LINE_PATTERN}),
    AfterValidator(check_line),
]
Password = Annotated[str, Field(min_length=PASSWORD_LEAST, max_length=PASSWORD_MOST)]
OldPassword = Annotated[str, Field(min_length=1, max_length=PASSWORD_MOST)]
# Not strict: JSON has words, not roles.
AskedRole = Annotated[Role, Field(strict=False)]


class TokenRequest(Asked):
    """What is given for tokens: an address and its password, or a refresh token."""

    model_config = ConfigDict(json_schema_extra=_grant_schema)

    grant: Literal["password", "refresh"]
    email: str | None = Field(default=None, max_length=254)
    password: str | None = Field(default=None, min_length=1, max_length=PASSWORD_MOST, repr=False)
    refresh_token: str | None = Field(default=None, min_length=1, max_length=_TOKEN_MOST, repr=False)

    @model_validator(mode="after")
    def _is_one_grant(self) -> Self:
        given = {name for name in self.model_fields_set if name != "grant" and getattr(self, name) is not None}
        wanted = _GRANTS[self.grant]
        if given != set(wanted) or self.model_fields_set != given | {"grant"}:
            raise ValueError(f"The grant {self.grant} takes {' and '.join(wanted)}, and nothing else.")
        return self


class ShownLogin(Shown):
    """The tokens of a login: one for requests, one to get the next two with. Both are shown once."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="How long the access token lasts, in seconds.")
    refresh_token: str = Field(repr=False)
    login_expires_at: datetime = Field(description="When the login ends, however often it is renewed.")

    @classmethod
    def of(cls, login: Login) -> Self:
        """Return what a caller sees of it."""
        return cls(
            access_token=login.access_token,
            expires_in=login.access_seconds,
            refresh_token=login.refresh_token,
            login_expires_at=login.expires_at,
        )


class LogoutRequest(Asked):
    """Which login is to end: any refresh token of it."""

    refresh_token: str = Field(min_length=1, max_length=_TOKEN_MOST, repr=False)


class PasswordRequest(Asked):
    """A new password in the place of the old one."""

    old_password: OldPassword = Field(repr=False)
    password: Password = Field(repr=False)


class ShownCaller(Shown):
    """Who calls, and what they may do."""

    kind: CallerKind
    id: str
    name: str
    permissions: list[Permission]

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """Return what a caller sees of themselves."""
        return cls(kind=caller.kind, id=caller.id, name=caller.name, permissions=sorted(caller.permissions))


class NewUserRequest(Asked):
    """A user to be."""

    email: Email
    name: Name
    role: AskedRole
    password: Password = Field(repr=False)

    def user(self) -> NewUser:
        """Return what is asked for."""
        return NewUser(self.email, self.name, self.role, self.password)


class UserChangeRequest(Asked):
    """What is to be different of a user. What is left out, or null, stays as it is."""

    name: Name | None = None
    role: AskedRole | None = None
    active: bool | None = None

    def change(self) -> UserChange:
        """Return what is asked for."""
        return UserChange(self.name, self.role, self.active)


class UserQuery(AskedQuery):
    """A page of users, in the order in which they were made."""

    after: int = Field(default=0, ge=0, le=ID_MOST, description="Begin after the user of this id.")
    limit: Limit = 50


class ShownUser(Shown):
    """A user."""

    id: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None

    @classmethod
    def of(cls, user: User) -> Self:
        """Return what a caller sees of them."""
        return cls(**{name: getattr(user, name) for name in cls.model_fields})


class ShownUsers(Shown):
    """A page of users."""

    users: list[ShownUser]

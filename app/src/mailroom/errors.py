"""The few errors that Mailroom raises on purpose. HTTP statuses are given to them in `problems` alone."""

from __future__ import annotations

from dataclasses import dataclass


class MailroomError(Exception):
    """The root of all errors that Mailroom raises on purpose."""


class ConfigurationError(MailroomError):
    """The process can't start with what it was given. The text names every setting that is wrong."""


class NotAuthenticated(MailroomError):
    """No credential came with the request, or none that is good."""


class PermissionDenied(MailroomError):
    """The caller is known and lacks a permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.")
        self.permission = permission


class NotFound(MailroomError):
    """There is nothing of that id. `kind` says of what, in one word: `message`."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no {kind} of this id.")
        self.kind = kind


class Conflict(MailroomError):
    """What is asked for clashes with what is there. `name` is the problem's type: `repeated-message`."""

    def __init__(self, name: str, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.name = name
        self.members = members


class LimitExceeded(MailroomError):
    """Too many requests of this caller, or from its address. `retry_after` is in whole seconds, `limit` which it is."""

    def __init__(self, detail: str, retry_after: int, limit: str = "") -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.limit = limit


class SwitchedOff(MailroomError):
    """A feature is off here, because what it needs was not configured. `needs` names that."""

    def __init__(self, needs: str) -> None:
        super().__init__(f"This is switched off here: it needs {needs}.")


class NotYet(MailroomError):
    """What is asked for can't be done now. The same request may succeed in a moment."""


class NoticeRefused(MailroomError):
    """A notice isn't one that SNS sent for a topic of ours, now. The text says why."""


class IssuerUnavailable(MailroomError):
    """The outside issuer of a token can't be asked for its keys, so nobody can tell whether the token is good."""


class StorageUnavailable(MailroomError):
    """The database can't be reached, or didn't answer in time. Nothing was stored."""


class NotSent(MailroomError):
    """A mail that was to be sent at once was not. The text says what the transport answered."""


class MigrationFailed(MailroomError):
    """The schema could not be brought up to date. The text names the file and says what the database said."""


class UpkeepFailed(MailroomError):
    """Some of what is over could not be removed. The text names the kinds; the log says why."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What was refused and why: a field of the body (JSON pointer, RFC 6901, as a URI fragment), or a parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def shown(self) -> dict[str, str]:
        """Return it as a problem document shows it."""
        where = {"pointer": self.pointer, "parameter": self.parameter}
        return {name: value for name, value in where.items() if value is not None} | {"detail": self.detail}


class InvalidRequest(MailroomError):
    """A body or a query is well-formed and not what the operation takes."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.pointer or error.parameter}: {error.detail}" for error in errors))
        self.errors = errors


class UnreadableBody(MailroomError):
    """The body of a request isn't JSON."""

"""The few errors that Mailroom raises on purpose. HTTP statuses are given to them in `problems` alone."""

from __future__ import annotations

from dataclasses import dataclass


class MailroomError(Exception):
    """The root of all errors that Mailroom raises on purpose."""


class ConfigurationError(MailroomError):
    """The process can't start with what it was given. The text names every setting that is wrong."""


class NotAuthenticated(MailroomError):
    """No key came with the request, or none that is known."""


class MessageNotFound(MailroomError):
    """There is no message of that id."""


class StorageUnavailable(MailroomError):
    """The database can't be reached, or didn't answer in time. Nothing was stored."""


class MigrationFailed(MailroomError):
    """The schema could not be brought up to date. The text names the file and says what the database said."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused: where it is (JSON pointer, RFC 6901, as a URI fragment) and why."""

    pointer: str
    detail: str


class InvalidMessage(MailroomError):
    """The body of a request is well-formed JSON but no message."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.pointer}: {error.detail}" for error in errors))
        self.errors = errors


class UnreadableBody(MailroomError):
    """The body of a request isn't JSON."""

"""`mailroom users`."""

from __future__ import annotations

import argparse
import getpass
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailroom.access.permissions import Permission, Role
from mailroom.errors import FieldError, InvalidRequest
from mailroom.settings import SettingsReader

if TYPE_CHECKING:
    from mailroom.accounts.users import UserService

logger = logging.getLogger(__name__)

_PAGE = 200


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    actions = commands.add_parser("users", help="manage users").add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a user; the password is asked for, or read from standard input")
    create.add_argument("email")
    create.add_argument("--role", type=Role, choices=list(Role), required=True)
    create.add_argument("--name", required=True)
    create.set_defaults(run=create_user)
    shown = actions.add_parser("list", help="print all users, one JSON object a line")
    shown.set_defaults(run=list_users)
    password = actions.add_parser("password", help="give a user a new password, and end all their logins")
    password.add_argument("email")
    password.set_defaults(run=set_password)
    deactivate = actions.add_parser("deactivate", help="let a user in no more")
    deactivate.add_argument("email")
    deactivate.set_defaults(run=deactivate_user)


def create_user(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Make a user."""
    from pydantic import ValidationError

    from mailroom.accounts.schemas import NewUserRequest

    with _service(reader) as service:
        values = {"email": asked.email, "name": asked.name, "role": asked.role, "password": _password()}
        try:
            new = NewUserRequest(**values).user()
        except ValidationError as error:
            found = error.errors(include_input=False)
            raise InvalidRequest([FieldError(item["msg"], parameter=str(item["loc"][0])) for item in found]) from None
        # Who is on the host may do everything.
        user = service.create(new, frozenset(Permission))
    logger.info("the user is made", extra={"user": user.id, "role": user.role.value})


def list_users(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Print all users."""
    from mailroom.accounts.schemas import ShownUser

    del asked
    with _service(reader) as service:
        after = 0
        while page := service.page(after, _PAGE):
            for user in page:
                sys.stdout.write(ShownUser.of(user).model_dump_json() + "\n")
            after = page[-1].id


def set_password(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Give a user a new password."""
    with _service(reader) as service:
        user = service.with_address(_address(asked.email))
        service.set_password(user.id, _password())
    logger.info("the password is changed, and all logins of the user have ended", extra={"user": user.id})


def deactivate_user(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Let a user in no more."""
    from mailroom.accounts.entities import UserChange

    with _service(reader) as service:
        user = service.with_address(_address(asked.email))
        service.change(user.id, UserChange(active=False), frozenset(Permission))
    logger.info("the user is deactivated", extra={"user": user.id})


@contextmanager
def _service(reader: SettingsReader) -> Iterator[UserService]:
    from mailroom.accounts.passwords import Passwords
    from mailroom.accounts.users import UserService
    from mailroom.config import read_command_database
    from mailroom.db.once import units_of_work_for

    with units_of_work_for(read_command_database(reader), "users") as unit_of_work:
        yield UserService(unit_of_work, Passwords())


def _address(text: str) -> str:
    from mailroom.accounts.entities import normal_address
    from mailroom.messages.addresses import InvalidAddress

    try:
        return normal_address(text)
    except InvalidAddress as error:
        raise InvalidRequest([FieldError(str(error), parameter="email")]) from None


def _password() -> str:
    """Return a password from the terminal, or the first line of standard input: arguments can be seen by everybody."""
    if not sys.stdin.isatty():
        try:
            return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise _refused("It must be in UTF-8.") from None
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise _refused("The two differ.")
    return password


def _refused(detail: str) -> InvalidRequest:
    return InvalidRequest([FieldError(detail, parameter="password")])

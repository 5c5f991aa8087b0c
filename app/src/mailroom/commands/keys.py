"""`mailroom keys`."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import UTC, datetime, timedelta

from mailroom.access.permissions import Permission
from mailroom.errors import FieldError, InvalidRequest
from mailroom.settings import SettingsReader

logger = logging.getLogger(__name__)

_DAYS_MOST = 3650
_PAGE = 200


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    actions = commands.add_parser("keys", help="manage API keys").add_subparsers(dest="action", required=True)
    ensure = actions.add_parser("ensure", help="store the key of the credential bootstrap_api_key under a name")
    ensure.add_argument("name")
    ensure.add_argument("--scopes", type=_scopes, help="what the key may do, instead of what it may: a,b,c")
    ensure.set_defaults(run=run)
    create = actions.add_parser("create", help="make a key and print it, this once")
    create.add_argument("name")
    create.add_argument("--scopes", type=_scopes, required=True, help="what the key may do: a,b,c")
    create.add_argument("--days", type=_days, help=f"how long it is good, 1 to {_DAYS_MOST}; else until it is revoked")
    create.set_defaults(run=create_key)
    shown = actions.add_parser("list", help="print all keys, one JSON object a line, without the keys themselves")
    shown.set_defaults(run=list_keys)
    revoke = actions.add_parser("revoke", help="let nobody in with a key any more")
    revoke.add_argument("name")
    revoke.set_defaults(run=revoke_key)


def run(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Store the bootstrap key."""
    from mailroom.config import read_bootstrap_key
    from mailroom.keys.ensure import ensure_key

    database, key = read_bootstrap_key(reader)
    changed = ensure_key(database, asked.name, key, asked.scopes)
    logger.info("the key is stored" if changed else "the key was stored already", extra={"changed": changed})


def create_key(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Make a key and print it."""
    from mailroom.config import read_command_database
    from mailroom.db.once import units_of_work_for
    from mailroom.keys.entities import NewKey
    from mailroom.keys.schemas import MadeKey
    from mailroom.keys.service import KeyService

    expires_at = datetime.now(UTC) + timedelta(days=asked.days) if asked.days else None
    new = NewKey(_name(asked.name), asked.scopes, expires_at)
    with units_of_work_for(read_command_database(reader), "keys") as unit_of_work:
        # Who is on the host may do everything.
        key, text = KeyService(unit_of_work).create(new, frozenset(Permission))
    sys.stdout.write(MadeKey.made(key, text).model_dump_json() + "\n")


def list_keys(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Print all keys."""
    from mailroom.config import read_command_database
    from mailroom.db.once import units_of_work_for
    from mailroom.keys.schemas import ShownKey
    from mailroom.keys.service import KeyService

    del asked
    with units_of_work_for(read_command_database(reader), "keys") as unit_of_work:
        service, after = KeyService(unit_of_work), 0
        while page := service.page(after, _PAGE):
            for key in page:
                sys.stdout.write(ShownKey.of(key).model_dump_json() + "\n")
            after = page[-1].id


def revoke_key(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Revoke a key."""
    from mailroom.config import read_command_database
    from mailroom.db.once import units_of_work_for
    from mailroom.keys.service import KeyService

    with units_of_work_for(read_command_database(reader), "keys") as unit_of_work:
        service = KeyService(unit_of_work)
        key = service.revoke(service.named(asked.name).id)
    logger.info("the key is revoked", extra={"key": key.id})


def _name(text: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from mailroom.accounts.schemas import Name

    try:
        return TypeAdapter(Name).validate_python(text)
    except ValidationError:
        detail = "It must be one line of 1 to 100 printable characters."
        raise InvalidRequest([FieldError(detail, parameter="name")]) from None


def _scopes(text: str) -> frozenset[Permission]:
    try:
        return frozenset(Permission(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"scopes are of {', '.join(Permission)}, with commas between them") from None


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _DAYS_MOST:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1 to {_DAYS_MOST}")
    return int(text)

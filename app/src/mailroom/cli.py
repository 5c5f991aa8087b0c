"""`mailroom` on the command line. Each command loads only what it needs."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence

from mailroom.commands import keys, migrate, purge, schema, send_test, users, worker
from mailroom.errors import ConfigurationError, MailroomError
from mailroom.logs import configure_logging
from mailroom.release import current_release
from mailroom.settings import SettingsReader

logger = logging.getLogger(__name__)

_COMMANDS = (migrate, schema, worker, keys, users, purge, send_test)
# sysexits.h
_EX_OK = 0
_EX_FAILED = 1
_EX_CONFIG = 78


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 when it failed, 78 when it was set up wrong."""
    asked = _parser().parse_args(arguments)
    configure_logging(asked.command)
    try:
        asked.run(asked, SettingsReader(os.environ))
    except ConfigurationError as error:
        logger.critical("mailroom %s can't start: %s", asked.command, error)
        return _EX_CONFIG
    except MailroomError as error:
        logger.critical("mailroom %s failed: %s", asked.command, error)
        return _EX_FAILED
    return _EX_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mailroom", description="A transactional email API over Amazon SES.")
    parser.add_argument("--version", action="version", version=current_release())
    commands = parser.add_subparsers(dest="command", required=True)
    for command in _COMMANDS:
        command.add(commands)
    return parser

"""`mailroom send-test`."""

from __future__ import annotations

import argparse
import json
import sys

from mailroom.settings import SettingsReader


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    parser = commands.add_parser("send-test", help="send one mail at once, and print what the transport answered")
    parser.add_argument("address")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Send it. Raises NotSent."""
    from mailroom.config import read_send_test
    from mailroom.delivery.trial import send_trial

    transport, sender = read_send_test(reader)
    answer = send_trial(transport, sender, asked.address)
    sys.stdout.write(json.dumps({"state": "sent", "provider_message_id": answer}) + "\n")

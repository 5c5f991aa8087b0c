"""One mail sent at once, past queue and database, to see whether the transport is set up well."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

from mailroom.config.transport import TransportSettings
from mailroom.delivery.mime import writer
from mailroom.delivery.transport import TransportError
from mailroom.delivery.transports import open_transport
from mailroom.errors import NotSent
from mailroom.ids import new_message_id
from mailroom.messages.addresses import InvalidAddress, checked_address
from mailroom.messages.entities import Message, State


def send_trial(settings: TransportSettings, sender: str, address: str) -> str:
    """Send a mail and return the transport's id of it. Raises NotSent with what the transport answered."""
    try:
        message = _message(sender, checked_address(address))
    except InvalidAddress as error:
        raise NotSent(f"this is no address: {error}") from error
    transport, _ = open_transport(settings, 1, writer())
    with closing(transport):
        try:
            return transport.send(message)
        except TransportError as error:
            raise NotSent(error.reason) from error


def _message(sender: str, recipient: str) -> Message:
    now = datetime.now(UTC)
    return Message(
        id=new_message_id(),
        api_key_id=None,
        caller=None,
        request_id="send-test",
        sender=sender,
        recipient=recipient,
        subject="A test of Mailroom",
        text="This mail shows that Mailroom can send. It was sent by hand; nothing has to be done.",
        html=None,
        state=State.SENDING,
        created_at=now,
        updated_at=now,
    )

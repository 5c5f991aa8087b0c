"""What callers write and read: the shapes of the API's JSON."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mailroom.errors import FieldError, InvalidMessage
from mailroom.messages.addresses import checked_address
from mailroom.messages.entities import Draft, Message

# RFC 5322, 2.1.1: a line has at most 998 characters. Nobody reads a subject of that length.
SUBJECT_CHARACTERS = 255
BODY_CHARACTERS = 128 * 1024
_FIRST_PRINTABLE = " "
_DELETE = "\x7f"
_ERRORS_SHOWN = 20
_NAME_SHOWN = 64

_WORDS = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known.",
    "string_type": "This must be a string.",
    "string_unicode": "This must be Unicode text without lone surrogates.",
    "model_type": "This must be an object.",
    "bool_type": "This must be true or false.",
}


def _one_line(text: str) -> str:
    if any(character < _FIRST_PRINTABLE or character == _DELETE for character in text):
        raise ValueError("This must be one line without control characters.")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("This must not be blank.")
    return text


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("This must not contain the character NUL.")
    return text


Address = Annotated[str, Field(max_length=254), AfterValidator(_one_line), AfterValidator(checked_address)]
Subject = Annotated[str, Field(max_length=SUBJECT_CHARACTERS), AfterValidator(_one_line), AfterValidator(_not_blank)]
Body = Annotated[str, Field(min_length=1, max_length=BODY_CHARACTERS), AfterValidator(_no_nul)]


class NewMessage(BaseModel):
    """A message to be sent. Unknown fields are refused: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    to: Address
    subject: Subject
    text: Body
    html: Body | None = None
    sender: Address | None = Field(default=None, alias="from")
    dry_run: bool = False


def read_draft(body: object) -> Draft:
    """Turn the JSON of a request into a draft. Raises InvalidMessage that names every wrong field."""
    try:
        asked = NewMessage.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidMessage([_field_error(dict(item)) for item in found[:_ERRORS_SHOWN]]) from None
    return Draft(
        recipient=asked.to,
        subject=asked.subject,
        text=asked.text,
        html=asked.html,
        sender=asked.sender,
        dry_run=asked.dry_run,
    )


def show_tried(message: Message) -> dict[str, Any]:
    """Return what a caller sees of a message that was only tried: nothing by which it could be asked for."""
    return {
        "state": "valid",
        "to": message.recipient,
        "from": message.sender,
        "subject": message.subject,
        "request_id": message.request_id,
    }


def show_message(message: Message) -> dict[str, Any]:
    """Return what a caller sees of a message: all but its bodies."""
    return {
        "id": str(message.id),
        "state": message.state.value,
        "to": message.recipient,
        "from": message.sender,
        "subject": message.subject,
        "attempts": message.attempts,
        "reason": message.reason,
        "provider_message_id": message.provider_message_id,
        "request_id": message.request_id,
        "created_at": message.created_at.isoformat(),
        "updated_at": message.updated_at.isoformat(),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
    }


def _field_error(item: dict[str, Any]) -> FieldError:
    detail = _WORDS.get(item["type"]) or item["msg"].removeprefix("Value error, ").rstrip(".") + "."
    return FieldError(pointer=_pointer(item["loc"]), detail=detail)


def _pointer(location: tuple[str | int, ...]) -> str:
    parts = (str(part)[:_NAME_SHOWN].replace("~", "~0").replace("/", "~1") for part in location)
    return "#" + "".join("/" + quote(part, safe="~", errors="replace") for part in parts)

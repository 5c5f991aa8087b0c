"""The fields of a message, as callers write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, PlainValidator, TypeAdapter, WithJsonSchema

from mailroom.messages.addresses import checked_address
from mailroom.messages.files import decoded, known_type, usable_name
from mailroom.messages.headers import HEADER_NAME, checked_headers
from mailroom.messages.limits import BODY_CHARACTERS, HEADERS_MOST, RECIPIENTS_MOST, SUBJECT_CHARACTERS, TAGS_MOST
from mailroom.messages.words import check_not_blank, check_one_line, check_text
from mailroom.web.texts import NOT_BLANK_LINE_PATTERN

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)
_TAG = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,49}$"


def _different(addresses: list[str]) -> list[str]:
    if len({address.lower() for address in addresses}) < len(addresses):
        raise ValueError("Each address may stand only once.")
    return addresses


def _each_once(tags: list[str]) -> list[str]:
    if len(set(tags)) < len(tags):
        raise ValueError("Each tag may stand only once.")
    return tags


def _moment(value: object) -> object:
    """Read a time as RFC 3339 writes it: of what is more lenient, nobody knows the zone."""
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("This must be a time with its offset from UTC, such as 2026-01-31T09:00:00Z.")


# What validators check beyond the types is told to the readers of the document.
_ADDRESS: dict[str, JsonValue] = {"format": "email", "examples": ["ann@example.com"]}
_SUBJECT: dict[str, JsonValue] = {"pattern": NOT_BLANK_LINE_PATTERN}

Address = Annotated[
    str,
    Field(max_length=254, json_schema_extra=_ADDRESS),
    AfterValidator(check_one_line),
    AfterValidator(checked_address),
]
Addresses = Annotated[list[Address], Field(min_length=1, max_length=RECIPIENTS_MOST), AfterValidator(_different)]
_ONE: TypeAdapter[str] = TypeAdapter(Annotated[Address, Field(strict=True)])
_MANY: TypeAdapter[list[str]] = TypeAdapter(Addresses, config={"strict": True})


def _one_or_many(value: object) -> str | list[str]:
    return _MANY.validate_python(value) if isinstance(value, list) else _ONE.validate_python(value)


# A union would name its members in the pointers of its errors.
To = Annotated[str | list[str], PlainValidator(_one_or_many, json_schema_input_type=Address | Addresses)]
Subject = Annotated[
    str,
    Field(min_length=1, max_length=SUBJECT_CHARACTERS, json_schema_extra=_SUBJECT),
    AfterValidator(check_one_line),
    AfterValidator(check_not_blank),
]
Body = Annotated[str, Field(min_length=1, max_length=BODY_CHARACTERS), AfterValidator(check_text)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Tag = Annotated[str, Field(pattern=_TAG)]
Tags = Annotated[list[Tag], Field(max_length=TAGS_MOST), AfterValidator(_each_once)]
Headers = Annotated[
    dict[str, str],
    Field(max_length=HEADERS_MOST, json_schema_extra={"propertyNames": {"pattern": HEADER_NAME}}),
    AfterValidator(checked_headers),
]
Filename = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(check_one_line), AfterValidator(usable_name)
]
ContentType = Annotated[str, Field(max_length=127), AfterValidator(known_type)]
Content = Annotated[bytes, BeforeValidator(decoded), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
Variables = dict[str, JsonValue]

"""What a template is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# What a template can be called.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class VariableType(StrEnum):
    """What a variable can be, in JSON's words."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable. One that isn't required and isn't given is its default, a JSON value, or null."""

    name: str
    type: VariableType
    required: bool = True
    default: object = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a version of a template says. `text` is empty where there is only `html`."""

    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one of its versions. Times are aware, in UTC; `created_by` is a caller's reference.

    Versions count from 1 and are never changed. A deleted template makes no more mails; its versions stay readable.
    """

    name: str
    version: int
    source: Source
    created_by: str
    created_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """Which template a mail is made from, the newest version where none is named, and with what."""

    name: str
    version: int | None = None
    variables: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail made from a template. The subject is one line; `text` is empty where there is only `html`."""

    subject: str
    text: str = field(repr=False)
    html: str | None = field(repr=False)

"""What callers write of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ConfigDict, Field, JsonValue, SkipValidation, field_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ValidationInfo

from mailroom.messages.entities import Attachment, Draft
from mailroom.messages.fields import (
    Address,
    Body,
    Content,
    ContentType,
    Filename,
    Headers,
    Moment,
    Subject,
    Tags,
    To,
    Variables,
)
from mailroom.messages.limits import ATTACHMENTS_MOST, BATCH_MOST, BODY_CHARACTERS, SUBJECT_CHARACTERS
from mailroom.messages.shown import ShownMessage, TriedMessage
from mailroom.templates.entities import TemplateChoice
from mailroom.templates.schemas import Name, Version
from mailroom.web.shapes import Asked

__all__ = [
    "BODY_CHARACTERS",
    "SUBJECT_CHARACTERS",
    "Address",
    "NewBatch",
    "NewMessage",
    "ShownMessage",
    "TriedMessage",
]


def _content(given: Sequence[str], absent: Sequence[str]) -> JsonDict:
    there: JsonDict = {name: {"not": {"type": "null"}} for name in given}
    return {"required": list(given), "properties": {**there, **{name: {"type": "null"} for name in absent}}}


# What says what a mail says: a template, or its subject and a body at least. Null is as good as leaving out.
_CONTENT: list[JsonValue] = [
    _content(["template"], ["subject", "text", "html"]),
    _content(["subject", "text"], ["template"]),
    _content(["subject", "html"], ["template"]),
]


class AskedTemplate(Asked):
    """The template that a mail is made from: the newest version where none is named."""

    name: Name
    version: Version | None = None
    variables: Variables = Field(default_factory=dict)

    def choice(self) -> TemplateChoice:
        """Return what is asked for."""
        return TemplateChoice(self.name, self.version, self.variables)


class AskedAttachment(Asked):
    """A file that goes with a mail."""

    filename: Filename
    content_type: ContentType
    content: Content

    def attachment(self) -> Attachment:
        """Return what is asked for."""
        return Attachment(self.filename, self.content_type, self.content)


class Mail(Asked):
    """All of a mail but whom it goes to. What it says stands here, or in a template."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _CONTENT})

    # These two come first: whether the others must be there depends on them.
    template: AskedTemplate | None = None
    html: Body | None = None
    subject: Subject | None = Field(default=None, validate_default=True)
    text: Body | None = Field(default=None, validate_default=True)
    sender: Address | None = Field(default=None, alias="from")
    send_at: Moment | None = None
    headers: Headers = Field(default_factory=dict)
    tags: Tags = Field(default_factory=list)
    attachments: list[AskedAttachment] = Field(default=[], max_length=ATTACHMENTS_MOST)
    unsubscribable: bool = False
    allow_repeat: bool = False

    @field_validator("html", "subject", "text")
    @classmethod
    def check_content(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Raise ValueError for a part that a template gives, and for one that is missing."""
        # What was refused itself isn't in `data`: then nothing can be said of the others.
        if "template" not in info.data:
            return value
        if info.data["template"] is not None:
            if value is not None:
                raise ValueError("The template gives this.")
        elif value is None and (
            info.field_name == "subject" or (info.field_name, info.data.get("html", "")) == ("text", None)
        ):
            raise PydanticKnownError("missing")
        return value

    def draft_to(self, recipient: str, *, dry_run: bool = False) -> Draft:
        """Return what is asked for, to one person."""
        return Draft(
            recipient=recipient,
            subject=self.subject or "",
            text=self.text or "",
            html=self.html,
            sender=self.sender,
            dry_run=dry_run,
            template=self.template.choice() if self.template else None,
            send_at=self.send_at,
            headers=self.headers,
            tags=tuple(self.tags),
            attachments=tuple(one.attachment() for one in self.attachments),
            unsubscribable=self.unsubscribable,
            allow_repeat=self.allow_repeat,
        )


class NewMessage(Mail):
    """A mail to be sent to one person, or to each of some. Nobody sees who else gets it."""

    to: To
    dry_run: bool = False

    def drafts(self) -> list[Draft]:
        """Return what is asked for, one for each person."""
        first, *others = self.to if isinstance(self.to, list) else [self.to]
        draft = self.draft_to(first, dry_run=self.dry_run)
        return [draft, *(replace(draft, recipient=one) for one in others)]


class BatchedMessage(Mail):
    """A mail of a batch, to one person."""

    to: Address


class NewBatch(Asked):
    """Many mails, each to one person; each is accepted or refused on its own."""

    READ_APART = frozenset({"messages"})

    messages: list[SkipValidation[BatchedMessage | Any]] = Field(
        min_length=1, max_length=BATCH_MOST, description="Each is checked on its own, and answered in its place."
    )

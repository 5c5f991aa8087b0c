"""What callers read of templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from mailroom.templates.entities import Rendered, Template, VariableType
from mailroom.web.shapes import Shown


class ShownVariable(Shown):
    """A declared variable."""

    name: str
    type: VariableType
    required: bool
    default: Any


class ListedTemplate(Shown):
    """A version of a template, without what it says."""

    name: str
    version: int
    created_by: str
    created_at: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, template: Template) -> Self:
        """Return what a caller sees of it in a list."""
        return cls(
            name=template.name,
            version=template.version,
            created_by=template.created_by,
            created_at=template.created_at,
            deleted_at=template.deleted_at,
        )


class ShownTemplate(ListedTemplate):
    """A template in one of its versions."""

    subject: str
    text: str | None
    html: str | None
    variables: list[ShownVariable]

    @classmethod
    def of(cls, template: Template) -> Self:
        """Return what a caller sees of it."""
        source = template.source
        return cls(
            **dict(ListedTemplate.of(template)),
            subject=source.subject,
            text=source.text or None,
            html=source.html,
            variables=[
                ShownVariable(name=one.name, type=one.type, required=one.required, default=one.default)
                for one in source.variables
            ],
        )


class ShownTemplates(Shown):
    """A page of templates, or of versions of one."""

    templates: list[ListedTemplate]


class ShownMail(Shown):
    """A mail as it would be sent."""

    subject: str
    text: str | None
    html: str | None

    @classmethod
    def of(cls, mail: Rendered) -> Self:
        """Return what a caller sees of it."""
        return cls(subject=mail.subject, text=mail.text or None, html=mail.html)

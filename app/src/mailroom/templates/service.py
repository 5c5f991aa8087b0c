"""Keeping templates, and choosing what a mail is made from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from mailroom.errors import Conflict, FieldError, InvalidRequest, NotFound
from mailroom.pointers import pointer
from mailroom.templates.entities import NAME, Rendered, Source, Template, TemplateChoice
from mailroom.templates.rendering import Renderer
from mailroom.templates.variables import checked_values

# A template's name with the version that is wanted; None is the newest.
Wanted = tuple[str, int | None]

_NO_VERSION = "There is no such version of this template."


class Templates(Protocol):
    """Where templates are kept, inside one transaction."""

    def create(self, name: str, source: Source, created_by: str) -> Template | None:
        """Store a template; None where there is one of that name. A deleted one goes on with its next version."""

    def add_version(self, name: str, source: Source, created_by: str) -> Template | None:
        """Store the next version; None where there is no such template."""

    def find(self, name: str, version: int | None) -> Template | None:
        """Return a version, or the newest, of a template that may be deleted; None where there is none."""

    def usable(self, wanted: Collection[Wanted]) -> Mapping[Wanted, Template]:
        """Return those of the wanted that are there and not deleted."""

    def newest(self, after: str | None, limit: int) -> list[Template]:
        """Return templates that aren't deleted, each in its newest version, by name, from after a name on."""

    def versions(self, name: str, before: int | None, limit: int) -> list[Template]:
        """Return versions of a template, deleted or not, newest first, from before a version on."""

    def delete(self, name: str) -> bool:
        """Hide the template. Returns whether there was one."""


class TemplateWork(Protocol):
    """One transaction over templates."""

    @property
    def templates(self) -> Templates:
        """The templates, inside this transaction."""


class TemplateService:
    """Keeps templates and tries them out. `unit_of_work` opens one transaction each time it is called."""

    def __init__(self, unit_of_work: Callable[[], AbstractContextManager[TemplateWork]], renderer: Renderer) -> None:
        self._unit_of_work = unit_of_work
        self._renderer = renderer

    def create(self, name: str, source: Source, created_by: str) -> Template:
        """Store a new template. Raises InvalidRequest, Conflict where the name is taken, StorageUnavailable."""
        self._renderer.check(source)
        with self._unit_of_work() as work:
            made = work.templates.create(name, source, created_by)
        if made is None:
            raise Conflict("template-exists", f"There is a template {name!r}: PUT makes its next version.")
        return made

    def change(self, name: str, source: Source, created_by: str) -> Template:
        """Store the next version. Raises InvalidRequest, NotFound, StorageUnavailable."""
        self._renderer.check(source)
        with self._unit_of_work() as work:
            return _found(work.templates.add_version(_well_formed(name), source, created_by))

    def show(self, name: str, version: int | None) -> Template:
        """Return a version, also of a deleted template; or the newest of one that isn't. Raises NotFound."""
        with self._unit_of_work() as work:
            template = _found(work.templates.find(_well_formed(name), version))
        if version is None and template.deleted_at is not None:
            raise NotFound("template")
        return template

    def newest(self, after: str | None, limit: int) -> list[Template]:
        """Return up to `limit` templates by name, each in its newest version. Raises StorageUnavailable."""
        with self._unit_of_work() as work:
            return work.templates.newest(after, limit)

    def versions(self, name: str, before: int | None, limit: int) -> list[Template]:
        """Return up to `limit` versions, newest first. Raises NotFound where there never was such a template."""
        with self._unit_of_work() as work:
            found = work.templates.versions(_well_formed(name), before, limit)
            if not found:
                _found(work.templates.find(name, None))
        return found

    def delete(self, name: str) -> None:
        """Hide a template: no more mails are made from it. Raises NotFound, StorageUnavailable."""
        with self._unit_of_work() as work:
            if not work.templates.delete(_well_formed(name)):
                raise NotFound("template")

    def preview(self, choice: TemplateChoice) -> Rendered:
        """Return the mail that would be made. Raises InvalidRequest, NotFound, StorageUnavailable."""
        template = self._chosen(choice)
        values = checked_values(template.source.variables, choice.variables, "variables")
        return self._renderer.render(template.source, values, "variables")

    def _chosen(self, choice: TemplateChoice) -> Template:
        if choice.version is None:
            return self.show(choice.name, None)
        with self._unit_of_work() as work:
            template = work.templates.find(_well_formed(choice.name), choice.version)
            if template is None:
                _found(work.templates.find(choice.name, None))
        if template is None:
            raise InvalidRequest([FieldError(_NO_VERSION, pointer("version"))])
        return template


class TemplateChooser:
    """Makes mails for messages, inside the transaction that accepts them."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def make(self, choice: TemplateChoice, found: Mapping[Wanted, Template]) -> tuple[Template, Rendered]:
        """Return the template that was chosen, and the mail that it makes. Raises InvalidRequest."""
        template = found.get((choice.name, choice.version))
        if template is None:
            part, what = ("name", "There is no such template.") if choice.version is None else ("version", _NO_VERSION)
            raise InvalidRequest([FieldError(what, pointer("template", part))])
        values = checked_values(template.source.variables, choice.variables, "template", "variables")
        return template, self._renderer.render(template.source, values, "template", "variables")


def _found(template: Template | None) -> Template:
    if template is None:
        raise NotFound("template")
    return template


def _well_formed(name: str) -> str:
    """Return the name. Raises NotFound for what no template is called, and no database could be asked for."""
    if not NAME.fullmatch(name):
        raise NotFound("template")
    return name

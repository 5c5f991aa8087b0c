"""Checking what a template says, and making mails from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import jinja2
from jinja2 import meta

from mailroom.errors import FieldError, InvalidRequest
from mailroom.messages.limits import BODY_CHARACTERS, SUBJECT_CHARACTERS
from mailroom.messages.words import check_line, check_text
from mailroom.pointers import pointer
from mailroom.templates.entities import Rendered, Source
from mailroom.templates.language import Fault, check_language
from mailroom.templates.sandbox import BUDGET, Budget, Sandbox

# Compiled parts that are kept at hand: some 20 templates. One of 64 KiB takes about 1 MB.
_KEPT = 64
_MOST = {"subject": SUBJECT_CHARACTERS, "text": BODY_CHARACTERS, "html": BODY_CHARACTERS}


class Renderer:
    """Renders templates; keeps some compiled. One is enough for a process, and its threads may share it."""

    def __init__(self, budget: Callable[[], Budget] = Budget) -> None:
        self._budget = budget
        self._sandboxes = {html: Sandbox(html=html) for html in (False, True)}
        self._compiled = lru_cache(maxsize=_KEPT)(self._compile)

    def check(self, source: Source) -> None:
        """Raise InvalidRequest, naming every part with its fault, unless the source can be rendered."""
        declared = {variable.name for variable in source.variables}
        errors = []
        for part, text, html in _parts(source):
            try:
                _, used = self._compiled(text, html=html)
            except Fault as fault:
                errors.append(FieldError(str(fault), pointer(part)))
            else:
                if unknown := sorted(used - declared):
                    errors.append(FieldError(f"Not declared in variables: {', '.join(unknown)}.", pointer(part)))
        if errors:
            raise InvalidRequest(errors)

    def render(self, source: Source, values: Mapping[str, object], *place: str) -> Rendered:
        """Return the mail that the source makes of these values, which are checked against its variables.

        `place` is where in the body the template was asked for. Raises InvalidRequest where no mail can be made.
        """
        budget = self._budget()
        made = {"html": ""}
        try:
            for part, text, html in _parts(source):
                made[part] = self._write(part, self._compiled(text, html=html)[0], values, budget)
            _check_mail(made)
        except ValueError as fault:
            detail = f"No mail can be made of these variables: {fault}"
            raise InvalidRequest([FieldError(detail, pointer(*place))]) from None
        return Rendered(made["subject"], made["text"], made["html"] or None)

    def _write(self, part: str, template: jinja2.Template, values: Mapping[str, object], budget: Budget) -> str:
        try:
            return "".join(_within(template.generate({**values, BUDGET: budget}), budget, _MOST[part]))
        except Exception as error:  # noqa: BLE001 - whatever a template's arithmetic raises is its author's to mend
            raise Fault(f"The {part} can't be rendered: {error}.") from None

    def _compile(self, text: str, *, html: bool) -> tuple[jinja2.Template, frozenset[str]]:
        sandbox = self._sandboxes[html]
        try:
            tree = sandbox.parse(text)
            check_language(tree)
            used = frozenset(meta.find_undeclared_variables(tree))
            return sandbox.from_string(sandbox.bound_loops(tree)), used
        except jinja2.TemplateSyntaxError as error:
            raise Fault(f"{error.message or 'It is malformed'}.", error.lineno) from None
        except (RecursionError, MemoryError, SyntaxError):
            raise Fault("It is nested too deeply.") from None


def _within(pieces: Iterator[str], budget: Budget, most: int) -> Iterator[str]:
    size = 0
    for piece in pieces:
        budget.spend()
        size += len(piece)
        if size > most:
            raise Fault(f"it would have more than {most} characters")
        yield piece


def _check_mail(made: Mapping[str, str]) -> None:
    check_line(made["subject"])
    for text in made.values():
        check_text(text)
    if not (made["text"] or made["html"]):
        raise Fault("Both text and html would be empty.")


def _parts(source: Source) -> list[tuple[str, str, bool]]:
    parts = [("subject", source.subject, False), ("text", source.text, False)]
    return parts if source.html is None else [*parts, ("html", source.html, True)]

"""What callers write of templates."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from mailroom.messages.limits import BODY_CHARACTERS
from mailroom.messages.words import check_one_line, check_text
from mailroom.templates.entities import NAME, Source, TemplateChoice, Variable, VariableType
from mailroom.templates.variables import what_is_wrong
from mailroom.web.pages import PAGE_MOST
from mailroom.web.shapes import Asked, AskedQuery

_NAME = f"^{NAME.pattern}$"
_VARIABLE_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"
# What means something else in a template already.
_WORDS = "loop range true false none and or not in is if else elif endif for endfor True False None recursive"
_TAKEN = frozenset(_WORDS.split())
_VARIABLES_MOST = 50
_SUBJECT_CHARACTERS = 1000
_SOURCE_CHARACTERS = BODY_CHARACTERS // 2
_VERSION_MOST = 2**31 - 1


def _not_taken(name: str) -> str:
    if name in _TAKEN:
        raise ValueError("This word means something in templates already.")
    return name


Name = Annotated[str, Field(pattern=_NAME, description="Lower-case letters, digits, dots, dashes, underscores.")]
Version = Annotated[int, Field(ge=1, le=_VERSION_MOST)]
VariableName = Annotated[str, Field(pattern=_VARIABLE_NAME), AfterValidator(_not_taken)]
Part = Annotated[str, Field(min_length=1, max_length=_SOURCE_CHARACTERS), AfterValidator(check_text)]
Subject = Annotated[
    str, Field(min_length=1, max_length=_SUBJECT_CHARACTERS), AfterValidator(check_one_line), AfterValidator(check_text)
]


class DeclaredVariable(Asked):
    """A variable that a template uses. With a `default` it needn't be given; without either it is null."""

    name: VariableName
    type: Annotated[VariableType, Field(strict=False)]
    required: bool | None = Field(default=None, description="Whether it must be given: true unless it has a default.")
    default: Any = None

    @model_validator(mode="after")
    def check_default(self) -> Self:
        """Raise ValueError where the default is of another type, or can never be used."""
        has_default = "default" in self.model_fields_set
        if has_default and self.required:
            raise ValueError("A variable that is required has no default.")
        if has_default and (wrong := what_is_wrong(self.variable(), self.default)) is not None:
            raise ValueError(f"The default of {self.name}: {wrong}")
        return self

    def variable(self) -> Variable:
        """Return what is declared."""
        required = "default" not in self.model_fields_set if self.required is None else self.required
        return Variable(self.name, self.type, required, self.default)


class TemplateText(Asked):
    """What a version of a template says."""

    subject: Subject
    text: Part | None = None
    html: Part | None = None
    variables: list[DeclaredVariable] = Field(default=[], max_length=_VARIABLES_MOST)

    @model_validator(mode="after")
    def check_whole(self) -> Self:
        """Raise ValueError where there is no body, or a variable is declared twice."""
        if self.text is None and self.html is None:
            raise ValueError("A template has text, or html, or both.")
        names = [variable.name for variable in self.variables]
        if len(set(names)) < len(names):
            raise ValueError("A variable is declared twice.")
        return self

    def source(self) -> Source:
        """Return what is asked to be kept."""
        variables = tuple(variable.variable() for variable in self.variables)
        return Source(self.subject, self.text or "", self.html, variables)


class NewTemplate(TemplateText):
    """A template to be kept."""

    name: Name


class VersionQuery(AskedQuery):
    """Which version is asked for: the newest where none is named."""

    version: Version | None = None


class TemplatesQuery(AskedQuery):
    """Which page of all templates is asked for."""

    limit: int = Field(default=50, ge=1, le=PAGE_MOST)
    after: str | None = Field(default=None, pattern=_NAME, description="The last name of the page before.")


class VersionsQuery(AskedQuery):
    """Which page of a template's versions is asked for."""

    limit: int = Field(default=50, ge=1, le=PAGE_MOST)
    after: Version | None = Field(default=None, description="The last version of the page before.")


class AskedPreview(Asked):
    """What a template is to be tried out with."""

    version: Version | None = None
    variables: dict[str, Any] = Field(default_factory=dict)

    def choice(self, name: str) -> TemplateChoice:
        """Return what is asked for."""
        return TemplateChoice(name, self.version, self.variables)

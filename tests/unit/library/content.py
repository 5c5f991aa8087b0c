"""A configuration to put into a slot, and what is in a slot's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.library.conftest import Places

SECRET = "hunter2-is-mailroom's $ecret"  # noqa: S105
PURPOSES: dict[str, Any] = {
    "service": {
        "environment": {"MAILROOM_DATABASE_NAME": "mailroom", "PORT": 5432},
        "credentials": {"database_password": SECRET, "aws_credentials": "[default]\nkey = x\n"},
    },
    "migrate": {"environment": {}, "credentials": {"database_password": "the owner's"}},
}


def contents(places: Places) -> dict[str, str]:
    """Return the files of the blue slot's configuration."""
    folder = places.configuration / "blue"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def with_variable(value: str, name: str = "VALUE") -> dict[str, Any]:
    """Return purposes that hold nothing but one variable."""
    return {"service": {"environment": {name: value}}}

"""Templates in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from mailroom.templates.entities import Source, Template, Variable, VariableType
from mailroom.templates.service import Wanted

# A deleted name is taken up again where it ended: no version is ever two texts.
_CREATE = """
INSERT INTO templates (name) VALUES (%(name)s)
ON CONFLICT (name) DO UPDATE SET deleted_at = NULL WHERE templates.deleted_at IS NOT NULL
RETURNING id
"""
# Two that make the next version at once do it one after the other.
_LOCK = "SELECT id FROM templates WHERE name = %(name)s AND deleted_at IS NULL FOR UPDATE"
_ADD_VERSION = """
INSERT INTO template_versions (template_id, version, subject, body_text, body_html, variables, created_by)
SELECT %(id)s, coalesce(max(version), 0) + 1, %(subject)s, %(text)s, %(html)s, %(variables)s, %(created_by)s
FROM template_versions WHERE template_id = %(id)s
RETURNING version, created_at
"""
_COLUMNS = """
SELECT t.name, t.deleted_at, v.version, v.subject, v.body_text, v.body_html, v.variables, v.created_by, v.created_at"""
_OF_ONE = _COLUMNS + " FROM templates t JOIN template_versions v ON v.template_id = t.id WHERE t.name = %(name)s "
_FIND = _OF_ONE + "AND v.version = %(version)s"
_FIND_NEWEST = _OF_ONE + "ORDER BY v.version DESC LIMIT 1"
_VERSIONS = _OF_ONE + "AND v.version < %(before)s ORDER BY v.version DESC LIMIT %(limit)s"
_USABLE = f"""
WITH wanted AS (SELECT * FROM unnest(%(names)s::text[], %(versions)s::int[]) AS w (name, version))
{_COLUMNS}, w.version AS wanted
FROM wanted w JOIN templates t ON t.name = w.name AND t.deleted_at IS NULL
JOIN LATERAL (
    SELECT * FROM template_versions v WHERE v.template_id = t.id AND (w.version IS NULL OR v.version = w.version)
    ORDER BY v.version DESC LIMIT 1
) v ON true
"""  # noqa: S608 - of constants
_NEWEST = f"""
{_COLUMNS}
FROM templates t
JOIN LATERAL (SELECT * FROM template_versions v WHERE v.template_id = t.id ORDER BY v.version DESC LIMIT 1) v ON true
WHERE t.deleted_at IS NULL AND t.name > %(after)s ORDER BY t.name LIMIT %(limit)s
"""  # noqa: S608 - of constants
_DELETE = "UPDATE templates SET deleted_at = now() WHERE name = %(name)s AND deleted_at IS NULL RETURNING id"
_VERSION_MOST = 2**31 - 1


class TemplateRepository:
    """Templates, seen through one connection; the caller owns the transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def create(self, name: str, source: Source, created_by: str) -> Template | None:
        """Store a template; None where there is one of that name. A deleted one goes on with its next version."""
        return self._add(_CREATE, name, source, created_by)

    def add_version(self, name: str, source: Source, created_by: str) -> Template | None:
        """Store the next version; None where there is no such template."""
        return self._add(_LOCK, name, source, created_by)

    def find(self, name: str, version: int | None) -> Template | None:
        """Return a version, or the newest, of a template that may be deleted; None where there is none."""
        found = self._all(_FIND_NEWEST if version is None else _FIND, name=name, version=version)
        return _template(found[0]) if found else None

    def usable(self, wanted: Collection[Wanted]) -> Mapping[Wanted, Template]:
        """Return those of the wanted that are there and not deleted."""
        names, versions = [name for name, _ in wanted], [version for _, version in wanted]
        found = self._all(_USABLE, names=names, versions=versions)
        return {(row["name"], row["wanted"]): _template(row) for row in found}

    def newest(self, after: str | None, limit: int) -> list[Template]:
        """Return templates that aren't deleted, each in its newest version, by name, from after a name on."""
        return [_template(row) for row in self._all(_NEWEST, after=after or "", limit=limit)]

    def versions(self, name: str, before: int | None, limit: int) -> list[Template]:
        """Return versions of a template, deleted or not, newest first, from before a version on."""
        found = self._all(_VERSIONS, name=name, before=before or _VERSION_MOST, limit=limit)
        return [_template(row) for row in found]

    def delete(self, name: str) -> bool:
        """Hide the template. Returns whether there was one."""
        return bool(self._all(_DELETE, name=name))

    def _add(self, lock: str, name: str, source: Source, created_by: str) -> Template | None:
        locked = self._all(lock, name=name)
        if not locked:
            return None
        (made,) = self._all(
            _ADD_VERSION,
            id=locked[0]["id"],
            subject=source.subject,
            text=source.text,
            html=source.html,
            variables=Jsonb([_shown(variable) for variable in source.variables]),
            created_by=created_by,
        )
        return Template(name, made["version"], source, created_by, made["created_at"])

    def _all(self, statement: str, **values: object) -> list[DictRow]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()


def _shown(variable: Variable) -> dict[str, object]:
    return {
        "name": variable.name,
        "type": variable.type.value,
        "required": variable.required,
        "default": variable.default,
    }


def _template(row: DictRow) -> Template:
    variables = tuple(Variable(**{**one, "type": VariableType(one["type"])}) for one in row["variables"])
    return Template(
        name=row["name"],
        version=row["version"],
        source=Source(row["subject"], row["body_text"], row["body_html"], variables),
        created_by=row["created_by"],
        created_at=row["created_at"],
        deleted_at=row["deleted_at"],
    )

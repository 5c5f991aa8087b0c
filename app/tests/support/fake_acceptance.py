"""Fakes of what messages are accepted with: templates, keys of requests, the mails of the last minutes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from mailroom.idempotency.entities import Answer, Remembered, RequestKey
from mailroom.messages.repeats import Mail
from mailroom.templates.entities import Source, Template
from support.fakes import NOW


@dataclass
class FakeRecentMails:
    """The latest message of each mail; nothing is ever old."""

    stored: dict[bytes, UUID] = field(default_factory=dict)

    def note(self, mails: Sequence[Mail], window: float) -> dict[bytes, UUID]:
        assert window > 0
        earlier = {one.fingerprint: self.stored[one.fingerprint] for one in mails if one.fingerprint in self.stored}
        for one in mails:
            if one.allow_repeat or one.fingerprint not in earlier:
                self.stored[one.fingerprint] = one.message_id
                earlier.pop(one.fingerprint, None)
        return earlier


@dataclass
class FakeIdempotencyKeys:
    """Keys and answers in a dictionary."""

    stored: dict[tuple[str, str], Remembered] = field(default_factory=dict)

    def claim(self, asked: RequestKey) -> Remembered | None:
        return self.stored.get((asked.caller, asked.key))

    def keep(self, asked: RequestKey, answer: Answer) -> None:
        self.stored[asked.caller, asked.key] = Remembered(asked.fingerprint, answer)


@dataclass
class FakeTemplates:
    """Templates in lists of their versions."""

    stored: dict[str, list[Template]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def create(self, name: str, source: Source, created_by: str) -> Template | None:
        if name in self.stored and name not in self.deleted:
            return None
        self.deleted.discard(name)
        return self._add(name, source, created_by)

    def add_version(self, name: str, source: Source, created_by: str) -> Template | None:
        return self._add(name, source, created_by) if name in self._there() else None

    def find(self, name: str, version: int | None) -> Template | None:
        versions = self.stored.get(name, [])
        found = versions[-1:] if version is None else versions[version - 1 : version]
        deleted_at = NOW if name in self.deleted else None
        return replace(found[0], deleted_at=deleted_at) if found else None

    def usable(self, wanted: Collection[tuple[str, int | None]]) -> dict[tuple[str, int | None], Template]:
        found = {one: self.find(*one) for one in wanted if one[0] in self._there()}
        return {one: template for one, template in found.items() if template is not None}

    def newest(self, after: str | None, limit: int) -> list[Template]:
        return [self.stored[name][-1] for name in sorted(self._there()) if name > (after or "")][:limit]

    def versions(self, name: str, before: int | None, limit: int) -> list[Template]:
        newest_first = reversed(self.stored.get(name, []))
        return [one for one in newest_first if before is None or one.version < before][:limit]

    def delete(self, name: str) -> bool:
        there = name in self._there()
        self.deleted.add(name)
        return there

    def _there(self) -> set[str]:
        return set(self.stored) - self.deleted

    def _add(self, name: str, source: Source, created_by: str) -> Template:
        versions = self.stored.setdefault(name, [])
        versions.append(Template(name, len(versions) + 1, source, created_by, NOW))
        return versions[-1]

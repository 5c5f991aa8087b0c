"""A fake of where API keys are kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailroom.access.permissions import Permission
from mailroom.keys.entities import ApiKey, NewKey
from support.fakes import NOW


@dataclass
class FakeKeys:
    """Keys in a list."""

    stored: list[ApiKey] = field(default_factory=list)

    def find(self, key_hash: bytes) -> ApiKey | None:
        return next((key for key in self.stored if key.key_hash == key_hash), None)

    def named(self, name: str) -> ApiKey | None:
        return next((key for key in self.stored if key.name == name), None)

    def get(self, key_id: int) -> ApiKey | None:
        return next((key for key in self.stored if key.id == key_id), None)

    def page(self, after: int, most: int) -> list[ApiKey]:
        return [key for key in self.stored if key.id > after][:most]

    def set_scopes(self, name: str, scopes: frozenset[Permission]) -> None:
        self.stored = [replace(key, scopes=scopes) if key.name == name else key for key in self.stored]

    def add(self, new: NewKey, key_hash: bytes, shown: str) -> ApiKey | None:
        if self.named(new.name) is not None:
            return None
        key = ApiKey(len(self.stored) + 1, new.name, key_hash, new.scopes, shown, NOW, new.expires_at)
        self.stored.append(key)
        return key

    def revoke(self, key_id: int, now: datetime) -> ApiKey | None:
        self.stored = [
            replace(key, revoked_at=key.revoked_at or now) if key.id == key_id else key for key in self.stored
        ]
        return self.get(key_id)

    def note_use(self, key_id: int, now: datetime, before: datetime) -> None:
        assert before < now
        self.stored = [replace(key, last_used_at=now) if key.id == key_id else key for key in self.stored]

    def save(self, name: str, key_hash: bytes) -> None:
        self.stored = [key for key in self.stored if key.name != name]
        self.stored.append(ApiKey(len(self.stored) + 1, name, key_hash, frozenset(Permission)))

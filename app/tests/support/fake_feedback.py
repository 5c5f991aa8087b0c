"""Fakes of the suppression list and of what feedback changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from mailroom.feedback.entities import KnownMessage
from mailroom.messages.entities import State
from mailroom.messages.lifecycle import Event
from mailroom.suppressions.entities import Reason, Suppressed, Suppression, Wanted
from support.fakes import NOW, FakeMessages


@dataclass
class FakeSuppressions:
    """The suppression list in a dictionary by address."""

    stored: dict[str, Suppression] = field(default_factory=dict)
    made: int = 0

    def reason_against(self, address: str) -> str | None:
        standing = self.stored.get(address.lower())
        return standing.reason.value if standing else None

    def suppress(self, suppressed: Suppressed) -> bool:
        standing = self.stored.get(suppressed.address)
        gravity = list(Reason)
        if standing and gravity.index(suppressed.reason) <= gravity.index(standing.reason):
            return False
        self.made += 0 if standing else 1
        self.stored[suppressed.address] = Suppression(
            standing.id if standing else self.made,
            suppressed.address,
            suppressed.reason,
            suppressed.detail,
            suppressed.message_id,
            NOW,
        )
        return True

    def get(self, suppression_id: int) -> Suppression | None:
        return next((one for one in self.stored.values() if one.id == suppression_id), None)

    def remove(self, suppression_id: int) -> Suppression | None:
        found = self.get(suppression_id)
        return self.stored.pop(found.address) if found else None

    def page(self, wanted: Wanted) -> list[Suppression]:
        found = [
            one
            for one in sorted(self.stored.values(), key=lambda one: one.id, reverse=True)
            if (wanted.after is None or one.id < wanted.after)
            and wanted.reason in {None, one.reason}
            and wanted.address in {None, one.address}
        ]
        return found[: wanted.limit]


@dataclass
class FakeFeedback:
    """Notices in a set, histories in a list, over the messages of another fake."""

    messages: FakeMessages
    remembered: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    def remember(self, notice_id: str) -> bool:
        if notice_id in self.remembered:
            return False
        self.remembered.add(notice_id)
        return True

    def sent_as(self, provider_message_id: str) -> KnownMessage | None:
        found = (one for one in self.messages.stored.values() if one.provider_message_id == provider_message_id)
        message = next(found, None)
        return KnownMessage(message.id, message.recipient, message.state, message.created_at) if message else None

    def recipient(self, message_id: UUID) -> str | None:
        message = self.messages.get(message_id)
        return message.recipient if message else None

    def settle(self, message: KnownMessage, state: State, reason: str | None) -> None:
        stored = self.messages.stored[message.id]
        self.messages.stored[message.id] = replace(stored, state=state, reason=reason or stored.reason)

    def note(self, event: Event) -> None:
        self.events.append(event)

    def note_once(self, event: Event) -> bool:
        if any((one.message_id, one.kind) == (event.message_id, event.kind) for one in self.events):
            return False
        self.events.append(event)
        return True

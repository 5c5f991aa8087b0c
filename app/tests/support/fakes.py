"""Fakes in the place of what leaves the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from mailroom.access.caller import Caller, CallerKind
from mailroom.access.permissions import Permission
from mailroom.messages.entities import Message, State
from mailroom.messages.lifecycle import Event, EventKind, before
from mailroom.messages.listing import Filters

A_CALLER = Caller(CallerKind.KEY, "3", "tests", frozenset(Permission))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_message() -> Message:
    """Return a queued message."""
    return Message(
        id=UUID(int=7),
        api_key_id=1,
        caller="key:1",
        request_id="r",
        sender="noreply@mailroom.test",
        recipient="ann@example.com",
        subject="Hello",
        text="Good day.",
        html=None,
        state=State.QUEUED,
        created_at=NOW,
        updated_at=NOW,
    )


@dataclass
class FakeMessages:
    """Messages in a dictionary."""

    stored: dict[UUID, Message] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        self.stored[message.id] = message

    def add_all(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.add(message)

    def get(self, message_id: UUID) -> Message | None:
        return self.stored.get(message_id)

    def history(self, message_id: UUID) -> tuple[Message, list[Event]] | None:
        message = self.stored.get(message_id)
        return None if message is None else (message, [Event(message_id, EventKind.ACCEPTED, message.created_at)])

    def page(self, filters: Filters, limit: int) -> list[Message]:
        older = [one for one in self.stored.values() if filters.after is None or one.id < filters.after]
        return sorted(older, key=lambda one: one.id, reverse=True)[:limit]

    def cancel(self, message_id: UUID) -> bool:
        return self._move(message_id, State.CANCELLED, before(State.CANCELLED))

    def retry(self, message_id: UUID) -> bool:
        return self._move(message_id, State.QUEUED, frozenset({State.FAILED}))

    def take(self, message_id: UUID) -> Message | None:
        message = self.stored.get(message_id)
        if message is None or message.state not in {State.QUEUED, State.SENDING}:
            return None
        return self._change(message_id, state=State.SENDING, attempts=message.attempts + 1)

    def mark_sent(self, message_id: UUID, provider_message_id: str) -> None:
        self._change(message_id, state=State.SENT, provider_message_id=provider_message_id, reason=None)

    def mark_waiting(self, message_id: UUID, reason: str) -> None:
        self._change(message_id, state=State.QUEUED, reason=reason)

    def mark_failed(self, message_id: UUID, reason: str) -> None:
        self._change(message_id, state=State.FAILED, reason=reason)

    def mark_suppressed(self, message_id: UUID, reason: str) -> None:
        self._change(message_id, state=State.SUPPRESSED, reason=reason)

    def _move(self, message_id: UUID, state: State, earlier: frozenset[State]) -> bool:
        message = self.stored.get(message_id)
        if message is None or message.state not in earlier or message.purged_at:
            return False
        self._change(message_id, state=state, attempts=0)
        return True

    def give_back(self, message_id: UUID, reason: str) -> None:
        self._change(
            message_id, state=State.QUEUED, reason=reason, attempts=max(self.stored[message_id].attempts - 1, 0)
        )

    def note(self, message_id: UUID, reason: str) -> None:
        if message_id in self.stored and self.stored[message_id].state is State.QUEUED:
            self._change(message_id, reason=reason)

    def waits_since(self, message_id: UUID) -> datetime | None:
        message = self.stored.get(message_id)
        return message.created_at if message else None

    def _change(self, message_id: UUID, **changes: object) -> Message:
        self.stored[message_id] = replace(self.stored[message_id], **changes)  # type: ignore[arg-type]
        return self.stored[message_id]


@dataclass
class FakeQueue:
    """Jobs in a list."""

    jobs: list[tuple[UUID, str]] = field(default_factory=list)
    due: dict[UUID, datetime] = field(default_factory=dict)

    def put(self, message_id: UUID, request_id: str) -> None:
        self.jobs.append((message_id, request_id))

    def put_all(self, deliveries: Sequence[tuple[UUID, str, datetime | None]]) -> None:
        for message_id, request_id, due in deliveries:
            self.put(message_id, request_id)
            if due is not None:
                self.due[message_id] = due


@dataclass
class FakeTransport:
    """Does what `answers` say, one for each call; `sent` when they are used up."""

    answers: list[Exception | Callable[[], None]] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    closed: bool = False

    def send(self, message: Message) -> str:
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            answer()
        self.sent.append(message)
        return f"provider-{len(self.sent)}"

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeClock:
    """A clock that stands still until it is told to go on."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += seconds

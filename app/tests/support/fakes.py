"""Fakes in the place of what leaves the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from mailroom.errors import StorageUnavailable
from mailroom.keys.entities import ApiKey
from mailroom.messages.entities import Message, State

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_message() -> Message:
    """Return a queued message."""
    return Message(
        id=UUID(int=7),
        api_key_id=1,
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

    def get(self, message_id: UUID) -> Message | None:
        return self.stored.get(message_id)

    def take(self, message_id: UUID) -> Message | None:
        message = self.stored.get(message_id)
        if message is None or message.state in {State.SENT, State.FAILED}:
            return None
        return self._change(message_id, state=State.SENDING, attempts=message.attempts + 1)

    def mark_sent(self, message_id: UUID, provider_message_id: str) -> None:
        self._change(message_id, state=State.SENT, provider_message_id=provider_message_id, reason=None)

    def mark_waiting(self, message_id: UUID, reason: str) -> None:
        self._change(message_id, state=State.QUEUED, reason=reason)

    def mark_failed(self, message_id: UUID, reason: str) -> None:
        self._change(message_id, state=State.FAILED, reason=reason)

    def _change(self, message_id: UUID, **changes: object) -> Message:
        self.stored[message_id] = replace(self.stored[message_id], **changes)  # type: ignore[arg-type]
        return self.stored[message_id]


@dataclass
class FakeKeys:
    """Keys in a list."""

    stored: list[ApiKey] = field(default_factory=list)

    def find(self, key_hash: bytes) -> ApiKey | None:
        return next((key for key in self.stored if key.key_hash == key_hash), None)

    def named(self, name: str) -> ApiKey | None:
        return next((key for key in self.stored if key.name == name), None)

    def save(self, name: str, key_hash: bytes) -> None:
        self.stored = [key for key in self.stored if key.name != name]
        self.stored.append(ApiKey(len(self.stored) + 1, name, key_hash))


@dataclass
class FakeQueue:
    """Jobs in a list."""

    jobs: list[tuple[UUID, str]] = field(default_factory=list)

    def put(self, message_id: UUID, request_id: str) -> None:
        self.jobs.append((message_id, request_id))


@dataclass
class FakeStorage:
    """All of it; `away` makes the next so many transactions fail when they begin."""

    messages: FakeMessages = field(default_factory=FakeMessages)
    keys: FakeKeys = field(default_factory=FakeKeys)
    queue: FakeQueue = field(default_factory=FakeQueue)
    away: int = 0

    @contextmanager
    def unit_of_work(self) -> Iterator[FakeStorage]:
        if self.away:
            self.away -= 1
            raise StorageUnavailable("away")
        messages, jobs = dict(self.messages.stored), list(self.queue.jobs)
        try:
            yield self
        except BaseException:
            self.messages.stored, self.queue.jobs = messages, jobs
            raise


@dataclass
class FakeTransport:
    """Does what `answers` say, one for each call; `sent` when they are used up."""

    answers: list[Exception | Callable[[], None]] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            answer()
        self.sent.append(message)
        return f"provider-{len(self.sent)}"

"""Accepting messages, telling where they stand, and changing their course."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from uuid import UUID

from mailroom.access.caller import Caller
from mailroom.errors import Conflict, MailroomError, NotFound
from mailroom.idempotency.entities import Answer, RequestKey
from mailroom.idempotency.service import answer_once
from mailroom.messages.acceptance import Acceptance, Limits
from mailroom.messages.entities import Asker, Draft, Message
from mailroom.messages.lifecycle import Event
from mailroom.messages.listing import Filters
from mailroom.messages.storage import Work
from mailroom.templates.rendering import Renderer
from mailroom.templates.service import TemplateChooser

Outcome = Message | MailroomError


class _Undo(Exception):
    """Leaves a transaction so that what was done in it is undone."""


class MessageService:
    """Accepts messages and shows them. `unit_of_work` opens one transaction each time it is called."""

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[Work]],
        default_sender: str,
        on_accepted: Callable[[], None],
        limits: Limits = Limits(),  # noqa: B008 - frozen
        renderer: Renderer | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._on_accepted = on_accepted
        self._acceptance = Acceptance(TemplateChooser(renderer or Renderer()), default_sender, limits)

    def accept(self, draft: Draft, caller: Caller, request_id: str) -> Message:
        """Store the message and queue its delivery, both or neither.

        Raises InvalidRequest, Conflict where it is a repeat, StorageUnavailable.
        """
        with self._unit_of_work() as work:
            (message,) = self._all_or_none(work, [draft], Asker(caller, request_id))
        self._on_accepted()
        return message

    def accept_all(
        self,
        drafts: Sequence[Draft],
        asker: Asker,
        key: RequestKey | None,
        shown: Callable[[Sequence[Message]], Answer],
    ) -> Answer:
        """Accept all or none, once for each key, and return the answer that shows them.

        Of a dry run all is done, then undone: nothing stays.
        Raises InvalidRequest, Conflict, StorageUnavailable. Then nothing was stored, the key neither.
        """
        accepted: list[Message] = []

        def do(work: Work) -> Answer:
            accepted.extend(self._all_or_none(work, drafts, asker))
            return shown(accepted)

        return self._once(key, do, accepted, undo=any(draft.dry_run for draft in drafts))

    def accept_each(
        self,
        drafts: Sequence[Draft],
        asker: Asker,
        key: RequestKey | None,
        shown: Callable[[Sequence[Outcome]], Answer],
    ) -> Answer:
        """Accept what can be accepted, once for each key, and return the answer that shows what became of each.

        Raises Conflict where the key came with another body, StorageUnavailable.
        """
        accepted: list[Message] = []

        def do(work: Work) -> Answer:
            outcomes = self._acceptance.accept(work, drafts, asker)
            accepted.extend(one for one in outcomes if isinstance(one, Message))
            return shown(outcomes)

        return self._once(key, do, accepted)

    def history(self, message_id: UUID) -> tuple[Message, list[Event]]:
        """Return the message and its history, oldest first. Raises NotFound, StorageUnavailable."""
        with self._unit_of_work() as work:
            found = work.messages.history(message_id)
        if found is None:
            raise NotFound("message")
        return found

    def page(self, filters: Filters, limit: int) -> list[Message]:
        """Return up to `limit` messages, newest first. Raises StorageUnavailable."""
        with self._unit_of_work() as work:
            return work.messages.page(filters, limit)

    def cancel(self, message_id: UUID) -> Message:
        """Keep a message that waits from being sent. Raises NotFound, Conflict naming its state, StorageUnavailable."""
        with self._unit_of_work() as work:
            cancelled = work.messages.cancel(message_id)
            message = _found(work.messages.get(message_id))
        if not cancelled:
            raise Conflict(
                "not-cancellable", f"A message that is {message.state} can't be cancelled.", state=message.state.value
            )
        return message

    def retry(self, message_id: UUID, request_id: str) -> Message:
        """Queue a failed message again. Raises NotFound, Conflict naming its state, StorageUnavailable."""
        with self._unit_of_work() as work:
            retried = work.messages.retry(message_id)
            message = _found(work.messages.get(message_id))
            if retried:
                work.queue.put_all([(message_id, request_id, None)])
        if not retried:
            gone = "whose bodies were removed" if message.purged_at else f"that is {message.state}"
            raise Conflict("not-retryable", f"A message {gone} can't be sent again.", state=message.state.value)
        return message

    def _all_or_none(self, work: Work, drafts: Sequence[Draft], asker: Asker) -> list[Message]:
        messages = []
        for one in self._acceptance.accept(work, drafts, asker):
            if not isinstance(one, Message):
                raise one
            messages.append(one)
        return messages

    def _once(
        self,
        key: RequestKey | None,
        do: Callable[[Work], Answer],
        accepted: Sequence[Message],
        *,
        undo: bool = False,
    ) -> Answer:
        answers: list[Answer] = []
        with suppress(_Undo), self._unit_of_work() as work:
            answers.append(answer_once(work.idempotency, key, lambda: do(work)))
            if undo:
                raise _Undo
        if not undo:
            for _ in accepted:
                self._on_accepted()
        return answers[0]


def _found(message: Message | None) -> Message:
    if message is None:
        raise NotFound("message")
    return message

"""Making messages of drafts, inside one transaction: all that is checked before one is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import thread_time
from uuid import UUID

from mailroom.access.caller import CallerKind
from mailroom.errors import FieldError, InvalidRequest, MailroomError
from mailroom.ids import new_message_id
from mailroom.messages.entities import Asker, Draft, Message, State
from mailroom.messages.limits import DAYS_AHEAD
from mailroom.messages.repeats import find_repeats
from mailroom.messages.storage import AcceptingWork
from mailroom.pointers import pointer
from mailroom.templates.entities import Template, TemplateChoice
from mailroom.templates.service import TemplateChooser, Wanted

# Of the thread's own time, for all mails of a request. PostgreSQL ends a transaction that is idle for 10 s.
_RENDERING_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted: the bytes of all files of one mail, and the seconds in which a mail counts as a repeat."""

    attachment_bytes: int = 2 * 1024 * 1024
    repeat_window: float = 600


class Acceptance:
    """Accepts drafts. What it asks of the database doesn't grow with their number."""

    def __init__(self, chooser: TemplateChooser, default_sender: str, limits: Limits) -> None:
        self._chooser = chooser
        self._default_sender = default_sender
        self._limits = limits

    def accept(self, work: AcceptingWork, drafts: Sequence[Draft], asker: Asker) -> list[Message | MailroomError]:
        """Store and queue what can be accepted. Returns for each draft its message, or why it is refused."""
        now = datetime.now(UTC)
        # Those that come together are in the order in which they were asked for.
        ids = sorted(new_message_id(now) for _ in drafts)
        contents = _Contents(self._chooser, work.templates.usable(_wanted(drafts)) if _wanted(drafts) else {})
        outcomes: list[Message | MailroomError] = []
        for draft, message_id in zip(drafts, ids, strict=True):
            try:
                self._check(draft, now)
                outcomes.append(self._message(contents.fill(draft), message_id, asker, now))
            except InvalidRequest as error:
                outcomes.append(error)
        return self._store(work, drafts, outcomes)

    def _store(
        self, work: AcceptingWork, drafts: Sequence[Draft], outcomes: Sequence[Message | MailroomError]
    ) -> list[Message | MailroomError]:
        made = [(draft, one) for draft, one in zip(drafts, outcomes, strict=True) if isinstance(one, Message)]
        repeats = find_repeats(work.recent, made, self._limits.repeat_window)
        accepted = [message for _, message in made if message.id not in repeats]
        if accepted:
            work.messages.add_all(accepted)
            work.queue.put_all([(one.id, one.request_id, one.send_at) for one in accepted])
        return [repeats.get(one.id, one) if isinstance(one, Message) else one for one in outcomes]

    def _check(self, draft: Draft, now: datetime) -> None:
        errors = []
        if draft.send_at is not None and draft.send_at > now + timedelta(days=DAYS_AHEAD):
            errors.append(FieldError(f"This is more than {DAYS_AHEAD} days ahead.", pointer("send_at")))
        size, most = sum(len(one.content) for one in draft.attachments), self._limits.attachment_bytes
        if size > most:
            errors.append(FieldError(f"All attachments of a mail have at most {most} bytes.", pointer("attachments")))
        if errors:
            raise InvalidRequest(errors)

    def _message(self, draft: Draft, message_id: UUID, asker: Asker, now: datetime) -> Message:
        caller = asker.caller
        later = draft.send_at is not None and draft.send_at > now
        return Message(
            id=message_id,
            api_key_id=int(caller.id) if caller.kind is CallerKind.KEY else None,
            caller=caller.reference,
            request_id=asker.request_id,
            sender=draft.sender or self._default_sender,
            recipient=draft.recipient,
            subject=draft.subject,
            text=draft.text,
            html=draft.html,
            state=State.SCHEDULED if later else State.QUEUED,
            created_at=now,
            updated_at=now,
            send_at=draft.send_at if later else None,
            headers=draft.headers,
            tags=draft.tags,
            template=draft.template.name if draft.template else None,
            template_version=draft.template.version if draft.template else None,
            unsubscribable=draft.unsubscribable,
            attachments=draft.attachments,
        )


class _Contents:
    """Fills drafts from templates; what goes to many is rendered once."""

    def __init__(self, chooser: TemplateChooser, found: Mapping[Wanted, Template]) -> None:
        self._chooser = chooser
        self._found = found
        self._filled: dict[int, Draft] = {}
        self._end = thread_time() + _RENDERING_SECONDS

    def fill(self, draft: Draft) -> Draft:
        """Return the draft with its subject and bodies. Raises InvalidRequest."""
        if draft.template is None:
            return draft
        if (known := self._filled.get(id(draft.template))) is None:
            if thread_time() > self._end:
                detail = f"The templates of one request take longer than {_RENDERING_SECONDS} s together."
                raise InvalidRequest([FieldError(detail, pointer("template"))])
            template, mail = self._chooser.make(draft.template, self._found)
            chosen = TemplateChoice(template.name, template.version)
            known = replace(draft, subject=mail.subject, text=mail.text, html=mail.html, template=chosen)
            self._filled[id(draft.template)] = known
        return replace(known, recipient=draft.recipient)


def _wanted(drafts: Sequence[Draft]) -> set[Wanted]:
    return {(draft.template.name, draft.template.version) for draft in drafts if draft.template is not None}

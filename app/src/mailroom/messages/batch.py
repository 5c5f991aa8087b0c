"""A batch: many mails in one request, each accepted or refused on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailroom.errors import InvalidRequest, MailroomError
from mailroom.messages.entities import Draft, Message
from mailroom.messages.schemas import BatchedMessage
from mailroom.messages.shown import AcceptedOfBatch, BatchResults, RefusedOfBatch, ShownMessage
from mailroom.pointers import pointer
from mailroom.web.problems import problem_of
from mailroom.web.shapes import read_body


class Batch:
    """The mails of a request: those that can be read are `drafts`; the others are refused already."""

    def __init__(self, items: Sequence[object]) -> None:
        self._read: list[Draft | InvalidRequest] = [_draft(item) for item in items]

    @property
    def drafts(self) -> list[Draft]:
        """What can be asked for, in the order of the request."""
        return [one for one in self._read if isinstance(one, Draft)]

    def results(self, outcomes: Sequence[Message | MailroomError]) -> BatchResults:
        """Return what became of each mail; `outcomes` says it of the drafts."""
        left = iter(outcomes)
        whole = [next(left) if isinstance(one, Draft) else one for one in self._read]
        return BatchResults(results=[_result(one, place) for place, one in enumerate(whole)])


def _draft(item: object) -> Draft | InvalidRequest:
    try:
        asked = read_body(BatchedMessage, item)
    except InvalidRequest as error:
        return error
    return asked.draft_to(asked.to)


def _result(outcome: Message | MailroomError, place: int) -> AcceptedOfBatch | RefusedOfBatch:
    if isinstance(outcome, Message):
        return AcceptedOfBatch(message=ShownMessage.of(outcome))
    problem = problem_of(_placed(outcome, place))
    return RefusedOfBatch(status=problem.status, problem=problem.document())


def _placed(error: MailroomError, place: int) -> MailroomError:
    """Return the error with pointers from the body of the whole request."""
    if not isinstance(error, InvalidRequest):
        return error
    here = pointer("messages", place)
    return InvalidRequest([replace(one, pointer=here + (one.pointer or "#").removeprefix("#")) for one in error.errors])

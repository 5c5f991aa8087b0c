"""What an accepted message carries, in full, and where a refusal points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailroom.errors import InvalidRequest, MailroomError
from mailroom.idempotency.entities import Answer
from mailroom.messages.acceptance import Limits
from mailroom.messages.entities import Asker, Attachment, Draft, Message, State
from mailroom.messages.service import MessageService
from mailroom.templates.entities import Source, TemplateChoice, Variable, VariableType
from support.fake_storage import FakeStorage
from support.fakes import A_CALLER

ASKER = Asker(A_CALLER, "r-1")
FILE = Attachment("a.txt", "text/plain", b"12345678")
NUMBER = (Variable("number", VariableType.STRING),)
DRAFT = Draft("ann@example.com", "Hello", "Good day.", sender="me@example.com")


@pytest.fixture
def service(storage: FakeStorage) -> MessageService:
    return MessageService(
        storage.unit_of_work, "noreply@mailroom.test", lambda: None, limits=Limits(attachment_bytes=16)
    )


def accepted(service: MessageService, *drafts: Draft) -> list[Message | MailroomError]:
    outcomes: list[Message | MailroomError] = []

    def keep(found: Sequence[Message | MailroomError]) -> Answer:
        outcomes.extend(found)
        return Answer(200, "{}")

    service.accept_each(drafts, ASKER, None, keep)
    return outcomes


def pointers(error: object) -> list[str]:
    assert isinstance(error, InvalidRequest)
    return [str(one.pointer) for one in error.errors]


def test_all_of_a_draft_is_in_its_message(service: MessageService) -> None:
    draft = replace(
        DRAFT,
        html="<p>Good day.</p>",
        headers={"X-Order": "7"},
        tags=("order",),
        unsubscribable=True,
        attachments=(FILE,),
    )

    (message,) = accepted(service, draft)

    assert isinstance(message, Message)
    assert (message.sender, message.recipient, message.subject) == ("me@example.com", "ann@example.com", "Hello")
    assert (message.text, message.html) == ("Good day.", "<p>Good day.</p>")
    assert (message.headers, message.tags) == ({"X-Order": "7"}, ("order",))
    assert (message.attachments, message.unsubscribable, message.request_id) == ((FILE,), True, "r-1")
    assert (message.template, message.template_version, message.send_at) == (None, None, None)
    assert message.created_at == message.updated_at


def test_what_is_due_already_is_sent_at_once(service: MessageService) -> None:
    (message,) = accepted(service, replace(DRAFT, send_at=datetime.now(UTC) - timedelta(seconds=1)))

    assert isinstance(message, Message)
    assert (message.state, message.send_at) == (State.QUEUED, None)


def test_as_many_bytes_as_allowed_are_taken_and_one_more_is_pointed_at(service: MessageService) -> None:
    fits = replace(DRAFT, attachments=(FILE, FILE))
    large = replace(DRAFT, recipient="bob@example.com", attachments=(FILE, FILE, replace(FILE, content=b"9")))

    first, second = accepted(service, fits, large)

    assert isinstance(first, Message)
    assert pointers(second) == ["#/attachments"]


def test_the_last_day_is_taken_and_what_is_after_it_pointed_at(service: MessageService) -> None:
    within = replace(DRAFT, send_at=datetime.now(UTC) + timedelta(days=30))
    beyond = replace(DRAFT, recipient="bob@example.com", send_at=datetime.now(UTC) + timedelta(days=30, minutes=1))

    first, second = accepted(service, within, beyond)

    assert isinstance(first, Message)
    assert first.state is State.SCHEDULED
    assert pointers(second) == ["#/send_at"]


def test_a_template_fills_what_goes_to_many_and_its_version_is_kept(
    service: MessageService, storage: FakeStorage
) -> None:
    source = Source("Order {{ number }}", "It is {{ number }}.", "<p>{{ number }}</p>", NUMBER)
    storage.templates.create("order", source, "key:1")
    choice = TemplateChoice("order", None, {"number": "7"})

    found = accepted(service, *(replace(DRAFT, recipient=f"{one}@example.com", template=choice) for one in "ab"))

    told = [
        (one.recipient, one.subject, one.text, one.html, one.template, one.template_version)
        for one in found
        if isinstance(one, Message)
    ]
    assert told == [
        ("a@example.com", "Order 7", "It is 7.", "<p>7</p>", "order", 1),
        ("b@example.com", "Order 7", "It is 7.", "<p>7</p>", "order", 1),
    ]


def test_drafts_that_choose_differently_are_filled_differently(service: MessageService, storage: FakeStorage) -> None:
    storage.templates.create("order", Source("Order {{ number }}", "x", None, NUMBER), "key:1")
    choices = [TemplateChoice("order", 1, {"number": number}) for number in ("7", "8")]

    found = accepted(
        service,
        *(replace(DRAFT, recipient=f"{n}@example.com", template=choice) for n, choice in enumerate(choices)),
    )

    assert [one.subject for one in found if isinstance(one, Message)] == ["Order 7", "Order 8"]


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        (TemplateChoice("nothing"), "#/template/name"),
        (TemplateChoice("order", 9), "#/template/version"),
        (TemplateChoice("order", None, {}), "#/template/variables/number"),
        (TemplateChoice("order", None, {"number": "7", "colour": "red"}), "#/template/variables/colour"),
        (TemplateChoice("order", None, {"number": "\n"}), "#/template/variables"),
    ],
    ids=["no template", "no version", "missing", "unknown", "a subject of two lines"],
)
def test_what_is_wrong_with_a_choice_is_pointed_at(
    service: MessageService, storage: FakeStorage, choice: TemplateChoice, where: str
) -> None:
    storage.templates.create("order", Source("Order {{ number }}", "x", None, NUMBER), "key:1")

    (error,) = accepted(service, replace(DRAFT, template=choice))

    assert pointers(error) == [where]

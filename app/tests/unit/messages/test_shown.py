from __future__ import annotations

from dataclasses import fields, replace

from mailroom.messages.shown import ShownHistory, ShownMessage
from support.fakes import NOW, a_message

MESSAGE = replace(
    a_message(),
    attempts=2,
    reason="because",
    provider_message_id="ses-1",
    caller="key:3",
    sent_at=NOW,
    send_at=NOW,
    tags=("a", "b"),
    headers={"X-One": "1"},
    template="order",
    template_version=4,
)
RENAMED = {"recipient": "to"}
HIDDEN = {"text", "html", "attachments", "api_key_id", "purged_at", "unsubscribable"}


def test_what_is_shown_of_a_message_is_all_but_its_bodies() -> None:
    shown = ShownMessage.of(MESSAGE)

    for name in {field.name for field in fields(MESSAGE)} - HIDDEN:
        expected = getattr(MESSAGE, name)
        if name in {"tags", "headers"}:
            expected = list(expected)
        assert getattr(shown, RENAMED.get(name, name)) == expected, name


def test_a_history_shows_the_message_the_same_way() -> None:
    assert ShownHistory.with_events(MESSAGE, []).model_dump(exclude={"events"}) == ShownMessage.of(MESSAGE).model_dump()

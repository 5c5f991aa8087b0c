from __future__ import annotations

import pytest

from mailroom.errors import Conflict
from mailroom.idempotency.entities import Answer, RequestKey
from mailroom.idempotency.service import answer_once
from support.fake_acceptance import FakeIdempotencyKeys

KEY = RequestKey("key:1", "k", b"a" * 32)
ANSWER = Answer(202, "{}", "/here")


def never() -> Answer:
    raise AssertionError("done a second time")


def test_without_a_key_nothing_is_remembered() -> None:
    keys = FakeIdempotencyKeys()

    assert answer_once(keys, None, lambda: ANSWER) == ANSWER
    assert keys.stored == {}


def test_with_a_key_the_second_gets_the_answer_of_the_first() -> None:
    keys = FakeIdempotencyKeys()
    first = answer_once(keys, KEY, lambda: ANSWER)
    second = answer_once(keys, KEY, never)

    assert (first.replayed, second.replayed) == (False, True)
    assert (second.status, second.body, second.location) == (202, "{}", "/here")


def test_with_another_body_it_is_refused() -> None:
    keys = FakeIdempotencyKeys()
    answer_once(keys, KEY, lambda: ANSWER)

    with pytest.raises(Conflict, match="came with another request before") as caught:
        answer_once(keys, RequestKey("key:1", "k", b"b" * 32), never)
    assert caught.value.name == "idempotency-key-reused"


def test_what_is_asked_does_not_show_when_it_is_printed() -> None:
    assert "{}" not in repr(ANSWER)
    assert "aaaa" not in repr(KEY)

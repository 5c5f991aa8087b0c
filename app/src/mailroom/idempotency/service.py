"""Doing once what is asked twice."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from mailroom.errors import Conflict
from mailroom.idempotency.entities import Answer, Remembered, RequestKey


class IdempotencyKeys(Protocol):
    """Where keys and their answers are kept, inside one transaction."""

    def claim(self, asked: RequestKey) -> Remembered | None:
        """Make the key this request's, and return None; or return what an earlier one of the key was answered.

        Waits for another transaction that has claimed the key and isn't at its end.
        """

    def keep(self, asked: RequestKey, answer: Answer) -> None:
        """Remember the answer under the claimed key."""


def answer_once(keys: IdempotencyKeys, asked: RequestKey | None, do: Callable[[], Answer]) -> Answer:
    """Do it and remember the answer, or return the answer that the same request got before.

    All of it happens in one transaction: where `do` raises, the key is free again. Raises Conflict where the key came
    with another body.
    """
    if asked is None:
        return do()
    earlier = keys.claim(asked)
    if earlier is None:
        answer = do()
        keys.keep(asked, answer)
        return answer
    if not hmac.compare_digest(earlier.fingerprint, asked.fingerprint):
        raise Conflict(
            "idempotency-key-reused", "This Idempotency-Key came with another request before. Take a new key for this."
        )
    return replace(earlier.answer, replayed=True)

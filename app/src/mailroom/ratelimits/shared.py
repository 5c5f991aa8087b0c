"""Counting in Redis, for all processes on all hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import redis
from limits.storage import RedisStorage

from mailroom.ratelimits.entities import CounterUnavailable, Question, Standing, Window

# The Redis user of the service may touch no other keys.
_PREFIX = "mailroom:limits:"
_NUMBERS = 5
# The two scripts of `limits` become functions of one, so that all the questions of a request are one round trip, with
# what is left as their answer. By the library's own calls they were two for each question. Milliseconds come back.
_SCRIPT = b"""
local function acquire(KEYS, ARGV)
%b
end
local function window(KEYS, ARGV)
%b
end
local told = {}
for first = 1, #KEYS, 2 do
    local keys = {KEYS[first], KEYS[first + 1]}
    local argument = (first - 1) / 2 * 3
    local limit, seconds = ARGV[argument + 1], ARGV[argument + 2]
    local taken = ARGV[argument + 3] == '0' or acquire(keys, {limit, seconds, 1})
    told[#told + 1] = taken and 1 or 0
    local found = window(keys, {seconds})
    for number = 1, 4 do
        told[#told + 1] = tonumber(found[number] or 0)
    end
end
return told
""" % (RedisStorage.SCRIPT_ACQUIRE_SLIDING_WINDOW, RedisStorage.SCRIPT_SLIDING_WINDOW)


class RedisCounter:
    """A sliding window counter of two keys for each count, which expire by themselves."""

    def __init__(self, client: redis.Redis) -> None:
        self._script: Any = client.register_script(_SCRIPT)

    def count(self, questions: Sequence[Question]) -> list[Standing]:
        """Answer each question in one round trip. Raises CounterUnavailable."""
        keys: list[str] = []
        arguments: list[int] = []
        for question in questions:
            key = f"{_PREFIX}{{{question.key}}}"
            keys += [f"{key}/-1", key]
            arguments += [question.rate.amount, question.rate.seconds, int(question.takes)]
        try:
            told = self._script(keys, arguments)
        except (redis.RedisError, OSError) as error:
            raise CounterUnavailable(f"{type(error).__name__}: {error}") from error
        return list(_standings(questions, told))


def _standings(questions: Sequence[Question], told: Sequence[int]) -> Iterator[Standing]:
    for number, question in enumerate(questions):
        taken, previous, _, current, milliseconds = told[number * _NUMBERS : (number + 1) * _NUMBERS]
        rate = question.rate
        # The key of a window outlives it by another one, in which it is the window before.
        left = min(max(milliseconds / 1000 - rate.seconds, 0.0), float(rate.seconds))
        yield Standing.of(question, rate, Window(previous, current, left), taken=bool(taken))

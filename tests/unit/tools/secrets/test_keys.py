"""Lists of keys: a new one is accepted, then signs, then the old one goes."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from tools.secrets.errors import SecretsError
from tools.secrets.keys import listed, number, retired, rotated, signing, told
from tools.secrets.table import Secret

KEYS = Secret("vault_keys", "signs", kind="keys", keep="10 minutes")
OLD = f"1:{'a' * 40}"
Step = Callable[[Secret], Callable[[str], str]]


def after(value: str, *steps: Step) -> str:
    for step in steps:
        value = step(KEYS)(value)
    return value


def test_a_new_key_comes_last_with_the_next_number() -> None:
    first, new = listed(after(OLD, rotated))

    assert first == OLD
    assert re.fullmatch(r"2:[A-Za-z0-9]{40}", new)


def test_the_new_key_then_comes_first_and_the_old_one_stays() -> None:
    both = after(OLD, rotated)

    assert listed(after(both, signing)) == list(reversed(listed(both)))


def test_the_oldest_key_goes_then_and_the_new_one_stays() -> None:
    both = after(OLD, rotated, signing)

    assert after(both, retired) == listed(both)[0]


def test_of_three_keys_the_oldest_goes_first() -> None:
    assert [number(key) for key in listed(after(OLD, rotated, signing, rotated, signing, retired))] == [3, 2]


def test_what_one_slot_signs_the_other_accepts_at_every_step() -> None:
    values = [OLD]
    for step in (rotated, signing, retired):
        values.append(after(values[-1], step))

    for before, now in pairwise(values):
        assert listed(now)[0] in listed(before)
        assert listed(before)[0] in listed(now)


@pytest.mark.parametrize("value", ["main:" + "a" * 32, "a" * 40], ids=["a name of its own", "no name"])
def test_keys_that_were_made_by_hand_are_older_than_those_with_a_number(value: str) -> None:
    assert listed(after(value, rotated))[1].startswith("1:")
    assert value not in after(value, rotated, signing, retired)


def test_of_keys_without_a_number_the_one_that_signs_stays() -> None:
    assert after("first\nsecond\n", retired) == "first"


def test_which_keys_there_are_is_told_by_number() -> None:
    assert told(after(OLD, rotated, signing)) == "key 2 signs; 1 accepted too"
    assert told(OLD) == "key 1 signs"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            (rotated, rotated),
            "vault_keys has a new key already (key 1 signs; 2 accepted too). Release, then let it sign",
        ),
        ((signing,), "the newest key of vault_keys signs already (key 1 signs); ROTATE= adds another"),
        ((retired,), "vault_keys has one key only, so it can't be retired; ROTATE= adds another first"),
        ((rotated, retired), "vault_keys is signed with an old key still (key 1 signs; 2 accepted too)"),
    ],
)
def test_a_step_out_of_turn_is_refused(steps: tuple[Step, ...], message: str) -> None:
    with pytest.raises(SecretsError, match=re.escape(message)):
        after(OLD, *steps)


def test_a_list_without_a_key_is_refused() -> None:
    with pytest.raises(SecretsError, match="vault_keys is empty, and not a list of keys"):
        after("\n", rotated)

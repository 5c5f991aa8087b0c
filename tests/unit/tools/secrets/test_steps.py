"""What is said after a step: what brings it into effect, and what comes then."""

from __future__ import annotations

import pytest

from tools.secrets.errors import SecretsError
from tools.secrets.steps import step, told, what_next
from tools.secrets.table import Secret

CONVERGE = "  make converge ENV=staging"
RELEASE = "  make release ENV=staging VERSION=…   of the version that is live: make status ENV=staging"
LOGIN = Secret("vault_login", "logs in", kind="passwords", steps=("converge", "release", "release"))
WATCHER = Secret("vault_watcher", "watches", kind="passwords", steps=("converge",))
BY_HAND = Secret("vault_by_hand", "is typed", steps=("by-hand",))


def test_a_new_password_is_accepted_first_and_used_by_both_slots_then() -> None:
    assert what_next("staging", LOGIN, "rotate").splitlines() == [
        "It takes effect with:",
        CONVERGE,
        RELEASE,
        RELEASE,
        "Two releases, since the slot before stays warm with the old one.",
        "After that:           make secrets ENV=staging RETIRE=vault_login",
    ]


def test_an_old_password_goes_with_a_converge() -> None:
    assert what_next("staging", LOGIN, "retire").splitlines() == [
        "It takes effect with:",
        CONVERGE,
        "With that it is done.",
    ]


def test_what_no_slot_uses_needs_no_release() -> None:
    assert what_next("staging", WATCHER, "rotate").splitlines() == [
        "It takes effect with:",
        CONVERGE,
        "After that:           make secrets ENV=staging RETIRE=vault_watcher",
    ]


def test_a_text_is_drawn_anew() -> None:
    assert len({step(BY_HAND, "rotate")("old"), step(BY_HAND, "rotate")("old"), "old"}) == 3
    assert told(BY_HAND, "new") == "a new one took its place"
    assert what_next("staging", BY_HAND, "rotate").splitlines()[1:] == [
        "  what docs/secrets.md says of it",
        "With that it is done.",
    ]


@pytest.mark.parametrize("verb", ["sign", "retire"])
def test_a_text_has_no_other_step(verb: str) -> None:
    with pytest.raises(SecretsError, match="vault_by_hand has one value at a time, so that ROTATE= is its only step"):
        step(BY_HAND, verb)


def test_a_password_signs_nothing() -> None:
    with pytest.raises(SecretsError, match="vault_login is a password and signs nothing; after ROTATE= comes RETIRE="):
        step(LOGIN, "sign")

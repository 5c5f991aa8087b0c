from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from mailroom.access.issuer_keys import IssuerKeys
from mailroom.errors import IssuerUnavailable, NotAuthenticated
from support.processes import eventually

UNKNOWN = "signed with a key that its issuer doesn't have"


@dataclass
class Issuer:
    """Has keys, or is away; counts how often it was asked."""

    keys: dict[str, str] = field(default_factory=lambda: {"a": "key a"})
    away: bool = False
    asked: int = 0

    def fetch(self) -> dict[str, str]:
        self.asked += 1
        if self.away:
            raise IssuerUnavailable("away")
        return dict(self.keys)


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def keys(issuer: Issuer, clock: Seconds) -> IssuerKeys[str]:
    return IssuerKeys(issuer.fetch, clock)


def test_the_issuer_is_asked_once_for_many_tokens(keys: IssuerKeys[str], issuer: Issuer) -> None:
    assert [keys.key("a") for _ in range(5)] == ["key a"] * 5
    assert issuer.asked == 1


def test_keys_are_read_again_after_ten_minutes(keys: IssuerKeys[str], issuer: Issuer, clock: Seconds) -> None:
    keys.key("a")
    clock.now += 599
    keys.key("a")
    assert issuer.asked == 1

    clock.now += 1
    keys.key("a")
    assert issuer.asked == 2


def test_a_key_that_the_issuer_took_back_is_refused_after_that(
    keys: IssuerKeys[str], issuer: Issuer, clock: Seconds
) -> None:
    keys.key("a")
    issuer.keys = {"b": "key b"}
    clock.now += 600

    with pytest.raises(NotAuthenticated, match=UNKNOWN):
        keys.key("a")


def test_a_new_key_is_found_at_once_when_the_last_question_is_a_while_ago(
    keys: IssuerKeys[str], issuer: Issuer, clock: Seconds
) -> None:
    keys.key("a")
    issuer.keys["b"] = "key b"
    clock.now += 30

    assert keys.key("b") == "key b"


def test_made_up_keys_make_nobody_ask_more_than_every_half_minute(
    keys: IssuerKeys[str], issuer: Issuer, clock: Seconds
) -> None:
    for _ in range(10):
        with pytest.raises(NotAuthenticated, match=UNKNOWN):
            keys.key("made up")
        clock.now += 2
    assert issuer.asked == 1

    clock.now += 10
    with pytest.raises(NotAuthenticated, match=UNKNOWN):
        keys.key("made up")
    assert issuer.asked == 2


def test_an_issuer_that_was_never_reached_is_unavailable_and_asked_every_ten_seconds(
    keys: IssuerKeys[str], issuer: Issuer, clock: Seconds
) -> None:
    issuer.away = True
    for _ in range(5):
        with pytest.raises(IssuerUnavailable):
            keys.key("a")
        clock.now += 1.5
    assert issuer.asked == 1

    issuer.away = False
    clock.now += 2.5
    assert keys.key("a") == "key a"


def test_known_keys_go_on_while_the_issuer_is_away(keys: IssuerKeys[str], issuer: Issuer, clock: Seconds) -> None:
    keys.key("a")
    issuer.away = True
    clock.now += 4 * 3600 - 1

    assert keys.key("a") == "key a"
    assert issuer.asked == 2


def test_they_go_on_for_four_hours_and_no_longer(keys: IssuerKeys[str], issuer: Issuer, clock: Seconds) -> None:
    keys.key("a")
    issuer.away = True
    clock.now += 4 * 3600

    with pytest.raises(IssuerUnavailable):
        keys.key("a")


def test_a_key_that_is_not_known_may_be_new_while_the_issuer_is_away(
    keys: IssuerKeys[str], issuer: Issuer, clock: Seconds
) -> None:
    keys.key("a")
    issuer.away = True
    clock.now += 60

    with pytest.raises(IssuerUnavailable):
        keys.key("b")


class SlowIssuer(Issuer):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def fetch(self) -> dict[str, str]:
        found = super().fetch()
        self.go.wait(10)
        return found


def test_while_one_asks_who_can_go_on_does_and_who_cannot_waits_a_second() -> None:
    issuer, clock = SlowIssuer(), Seconds()
    keys = IssuerKeys(issuer.fetch, clock)
    issuer.go.set()
    keys.key("a")
    issuer.go.clear()
    clock.now += 700
    asking = threading.Thread(target=keys.key, args=("a",))
    asking.start()
    eventually(lambda: issuer.asked == 2)

    try:
        assert keys.key("a") == "key a"
        with pytest.raises(IssuerUnavailable):
            keys.key("b")
    finally:
        issuer.go.set()
        asking.join(10)
    assert issuer.asked == 2


def test_many_who_come_first_share_one_question() -> None:
    issuer = SlowIssuer()
    keys = IssuerKeys(issuer.fetch)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(keys.key("a"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: issuer.asked == 1)
    issuer.go.set()
    for thread in threads:
        thread.join(10)

    assert (found, issuer.asked) == (["key a"] * 4, 1)

"""What the probe is told: what it refuses, and what it does with secrets."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from roles.probe.files.probe.sender import schedule
from roles.probe.files.probe.wish import Wish, WishError

Ask = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"requests": []}, "there is no request to send"),
        ({"requests": [{"path": "health"}]}, "the path 'health' of a request must start with /"),
        ({"requests": [{"path": "/a b"}]}, "must start with / and be escaped"),
        ({"requests": [{"path": "/", "weight": -1}]}, "GET /: weight is -1; it must be at least 1"),
        ({"requests": [{"path": "/", "headers": {"Host": "x"}}]}, "GET /: the probe sets the header Host itself"),
        ({"secrets": {"Authorization": "a\r\nb"}}, "the header Authorization has a line break"),
        ({"rate": 0}, "rate is 0; it may be 0.1 to 500"),
        ({"fresh": 1.5}, "fresh is 1.5; it may be 0 to 1"),
        ({"timeout": 0}, "timeout is 0; it may be 0.1 to 60"),
        ({"url": "http://mailroom.test"}, "it must be https://NAME or https://NAME:PORT"),
        ({"url": "https://mailroom.test/path"}, "and end there"),
        ({"url": "https://mailroom.test:x"}, "the URL is 'https://mailroom.test:x'"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_the_reason(asked: Ask, options: dict[str, Any], why: str) -> None:
    with pytest.raises(WishError) as caught:
        Wish.of(asked(**options))
    assert why in str(caught.value)


def test_an_authority_that_is_none_is_refused(asked: Ask) -> None:
    with pytest.raises(WishError, match="ca holds no certificate that can be used"):
        Wish.of(asked(ca="nothing")).tls()


def test_a_body_that_is_a_dictionary_is_sent_as_json(asked: Ask) -> None:
    (request,) = Wish.of(asked(requests=[{"method": "POST", "path": "/", "body": {"n": "{n}"}}])).requests

    assert request.body == '{"n": "{n}"}'
    assert ("Content-Type", "application/json") in request.headers


def test_every_request_carries_the_secrets(asked: Ask) -> None:
    wish = Wish.of(asked(secrets={"Authorization": "Bearer key-0123"}))

    assert all(("Authorization", "Bearer key-0123") in request.headers for request in wish.requests)
    assert "key-0123" not in repr(wish)


def test_a_secret_that_an_answer_repeats_is_masked(asked: Ask) -> None:
    wish = Wish.of(asked(secrets={"Authorization": "Bearer key-0123"}))

    assert wish.masked("unknown key key-0123") == "unknown key ***"


def test_the_name_is_asked_for_and_the_address_connected_to(asked: Ask) -> None:
    wish = Wish.of(asked("https://mailroom.test:8443", address="127.0.0.1"))

    assert (wish.authority, wish.address, wish.port) == ("mailroom.test:8443", "127.0.0.1", 8443)


def test_each_kind_of_request_is_first_sent_once_on_each_kind_of_connection(asked: Ask) -> None:
    wish = Wish.of(asked(fresh=0.2, requests=[{"path": "/a"}, {"path": "/b"}]))
    first = [(request.path, fresh) for request, fresh in islice(schedule(wish), 4)]

    assert first == [("/a", False), ("/b", False), ("/a", True), ("/b", True)]


def test_requests_come_in_the_proportion_of_their_weights_on_both_kinds_of_connections(asked: Ask) -> None:
    wish = Wish.of(asked(fresh=0.2, requests=[{"path": "/a", "weight": 3}, {"path": "/b"}]))
    sent = [(request.path, fresh) for request, fresh in islice(schedule(wish), 4000)]

    assert sum(path == "/b" for path, _ in sent) == pytest.approx(1000, abs=20)
    assert sum(fresh for _, fresh in sent) == pytest.approx(800, abs=20)
    assert sum(sent_now == ("/b", True) for sent_now in sent) == pytest.approx(200, abs=20)

from __future__ import annotations

import pytest

from mailroom.errors import MailroomError, NoticeRefused, NotYet
from mailroom.feedback.confirming import Confirmation
from mailroom.feedback.fetching import Unreachable
from mailroom.feedback.places import Places
from support.sns import SUBSCRIBE_URL, Shelf, confirmation


def test_a_subscription_is_confirmed_by_a_visit() -> None:
    shelf = Shelf({SUBSCRIBE_URL: b"<ConfirmSubscriptionResponse/>"})
    Confirmation(Places(), shelf)(confirmation())

    assert shelf.fetched == 1


@pytest.mark.parametrize("url", ["https://evil.example/", "http://sns.eu-west-1.amazonaws.com/", "", None])
def test_nothing_is_visited_elsewhere(url: str | None) -> None:
    shelf = Shelf({})

    with pytest.raises(NoticeRefused, match="SubscribeURL is not an address of SNS in the region of the topic"):
        Confirmation(Places(), shelf)(confirmation(subscribe_url=url))
    assert shelf.fetched == 0


@pytest.mark.parametrize(
    ("things", "kind", "why"),
    [
        ({}, NoticeRefused, "SNS doesn't take the confirmation: sns.eu-west-1.amazonaws.com answered 404"),
        ({SUBSCRIBE_URL: Unreachable("no answer")}, NotYet, "The subscription can't be confirmed: no answer"),
    ],
)
def test_a_visit_that_fails_says_why(things: dict[str, bytes | Exception], kind: type[MailroomError], why: str) -> None:
    with pytest.raises(kind, match=why):
        Confirmation(Places(), Shelf(things))(confirmation())

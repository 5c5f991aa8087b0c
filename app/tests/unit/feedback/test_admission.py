from __future__ import annotations

from datetime import timedelta

import pytest

from mailroom.errors import NoticeRefused
from mailroom.feedback.admission import Admission
from mailroom.feedback.entities import Notice
from support.sns import NOW, TOPIC, notification


class Believing:
    def __init__(self) -> None:
        self.asked: list[Notice] = []

    def check(self, notice: Notice) -> None:
        self.asked.append(notice)


@pytest.fixture
def signatures() -> Believing:
    return Believing()


@pytest.fixture
def admission(signatures: Believing) -> Admission:
    return Admission(frozenset({TOPIC}), signatures, lambda: NOW)


@pytest.mark.parametrize(
    "age", [timedelta(0), timedelta(hours=1), timedelta(minutes=-5)], ids=["new", "an hour old", "our clock is behind"]
)
def test_a_notice_of_late_is_let_in_when_it_is_signed(
    admission: Admission, signatures: Believing, age: timedelta
) -> None:
    notice = notification(when=NOW - age)
    admission.check(notice)

    assert signatures.asked == [notice]


@pytest.mark.parametrize(
    ("notice", "why"),
    [
        (notification(topic=f"{TOPIC}2"), "The topic is not one of MAILROOM_SES_TOPICS"),
        (notification(topic=""), "The topic is not one of MAILROOM_SES_TOPICS"),
        (notification(when=NOW - timedelta(hours=1, seconds=1)), "The notice is older than an hour"),
        (notification(when=NOW + timedelta(minutes=5, seconds=1)), "The notice is from the future"),
        (notification(timestamp="yesterday"), "The Timestamp is no time with its zone"),
        (notification(timestamp="2026-01-02T03:04:05"), "The Timestamp is no time with its zone"),
        (notification(timestamp="2026-13-02T03:04:05Z"), "The Timestamp is no time with its zone"),
    ],
)
def test_any_other_is_refused_before_its_signature_is_looked_at(
    admission: Admission, signatures: Believing, notice: Notice, why: str
) -> None:
    with pytest.raises(NoticeRefused, match=why):
        admission.check(notice)
    assert not signatures.asked

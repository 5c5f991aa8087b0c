from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from mailroom.errors import NoticeRefused, NotYet
from mailroom.feedback.certificates import Certificates
from mailroom.feedback.fetching import Unreachable
from mailroom.feedback.places import Place
from support.sns import NOW, Shelf, certificate, ec_key, rsa_key

HOST = "sns.eu-west-1.amazonaws.com"
PLACE = Place(HOST, 443, "/a.pem")
REGION = "eu-west-1"
DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = NOW
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({f"https://{HOST}/{name}.pem": certificate() for name in "abcdefghijklmn"})


@pytest.fixture
def certificates(shelf: Shelf, clock: Clock) -> Certificates:
    return Certificates(shelf, lambda: clock.now, clock.monotonic)


def only(pem: bytes | Exception) -> Certificates:
    return Certificates(Shelf({f"https://{HOST}/a.pem": pem}), lambda: NOW)


def test_the_key_is_that_of_the_certificate(certificates: Certificates) -> None:
    assert certificates.key(PLACE, REGION) == rsa_key().public_key()


@pytest.mark.parametrize(
    ("begins", "ends"),
    [(NOW - timedelta(days=9), NOW - timedelta(seconds=1)), (NOW + timedelta(seconds=1), NOW + timedelta(days=9))],
    ids=["over", "not begun"],
)
def test_a_certificate_is_good_between_its_dates(begins: datetime, ends: datetime) -> None:
    with pytest.raises(NoticeRefused, match="The signing certificate isn't valid now"):
        only(certificate(begins=begins, ends=ends)).key(PLACE, REGION)


def test_one_that_is_kept_is_good_no_longer_than_its_dates(certificates: Certificates, clock: Clock) -> None:
    certificates.key(PLACE, REGION)
    clock.now += timedelta(days=301)

    with pytest.raises(NoticeRefused, match="isn't valid now"):
        certificates.key(PLACE, REGION)


@pytest.mark.parametrize(
    "name", ["sns.evil.example", "SNS.amazonaws.com", "sns.amazonaws.com.cn", "*.amazonaws.com", None]
)
def test_a_certificate_of_somebody_else_is_refused(name: str | None) -> None:
    with pytest.raises(NoticeRefused, match="The signing certificate isn't one of SNS"):
        only(certificate(name=name)).key(PLACE, REGION)


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "sns.amazonaws.com"),
        ("eu-south-1", "sns-signing.eu-south-1.amazonaws.com"),
        ("us-gov-east-1", "sns-us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sns-cn-north-1.amazonaws.com.cn"),
        ("cn-north-9", "sns.amazonaws.com.cn"),
    ],
)
def test_some_regions_have_a_certificate_of_their_own(region: str, name: str) -> None:
    assert only(certificate(name=name)).key(PLACE, region)


def test_a_certificate_of_another_region_is_refused() -> None:
    with pytest.raises(NoticeRefused, match="isn't one of SNS"):
        only(certificate(name="sns-signing.eu-south-1.amazonaws.com")).key(PLACE, "us-east-1")


@pytest.mark.parametrize("pem", [certificate(ec_key()), certificate(rsa_key(1024))], ids=["elliptic", "short"])
def test_another_kind_of_key_is_refused(pem: bytes) -> None:
    with pytest.raises(NoticeRefused, match="has no RSA key of 2048 bits"):
        only(pem).key(PLACE, REGION)


@pytest.mark.parametrize("pem", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(NoticeRefused, match="What lies at SigningCertURL is no certificate"):
        only(pem).key(PLACE, REGION)


def test_when_sns_cannot_be_reached_it_is_asked_to_come_again() -> None:
    with pytest.raises(NotYet, match="The signing certificate can't be fetched: no answer"):
        only(Unreachable("no answer")).key(PLACE, REGION)


def test_a_certificate_is_fetched_once_a_day(certificates: Certificates, shelf: Shelf, clock: Clock) -> None:
    certificates.key(PLACE, REGION)
    clock.seconds = DAY - 1
    certificates.key(PLACE, REGION)
    before = shelf.fetched
    clock.seconds = DAY
    certificates.key(PLACE, REGION)

    assert (before, shelf.fetched) == (1, 2)


def test_yesterdays_certificate_serves_while_there_is_no_newer(
    certificates: Certificates, shelf: Shelf, clock: Clock
) -> None:
    certificates.key(PLACE, REGION)
    shelf.things[f"https://{HOST}/a.pem"] = Unreachable("no answer")
    clock.seconds = DAY

    assert certificates.key(PLACE, REGION) == rsa_key().public_key()


def test_only_some_are_kept(certificates: Certificates, shelf: Shelf, clock: Clock) -> None:
    for name in "abcdefghi":
        certificates.key(Place(HOST, 443, f"/{name}.pem"), REGION)
    clock.seconds = 61
    certificates.key(Place(HOST, 443, "/b.pem"), REGION)
    certificates.key(PLACE, REGION)

    assert shelf.fetched == 10


def test_nobody_makes_us_fetch_without_end(certificates: Certificates, shelf: Shelf, clock: Clock) -> None:
    for name in "abcdefghij":
        certificates.key(Place(HOST, 443, f"/{name}.pem"), REGION)
    clock.seconds = 59

    with pytest.raises(NotYet, match="Too many signing certificates were fetched of late"):
        certificates.key(Place(HOST, 443, "/k.pem"), REGION)
    clock.seconds = 60
    certificates.key(Place(HOST, 443, "/k.pem"), REGION)
    assert shelf.fetched == 11


class Slow(Shelf):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__({f"https://{HOST}/a.pem": certificate()})
        self.asked = threading.Event()
        self.may = threading.Event()

    def get(self, place: Place) -> bytes:
        self.asked.set()
        assert self.may.wait(10)
        return super().get(place)


def test_many_at_once_make_one_fetch() -> None:
    slow = Slow()
    certificates = Certificates(slow, lambda: NOW)
    with ThreadPoolExecutor(4) as threads:
        keys = [threads.submit(certificates.key, PLACE, REGION) for _ in range(4)]
        assert slow.asked.wait(10)
        slow.may.set()
        found = {key.result().key_size for key in keys}

    assert (found, slow.fetched) == ({2048}, 1)


def test_who_would_wait_too_long_is_asked_to_come_again() -> None:
    slow = Slow()
    certificates = Certificates(slow, lambda: NOW, wait=0.01)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(certificates.key, PLACE, REGION)
        assert slow.asked.wait(10)
        with pytest.raises(NotYet, match="still being fetched"):
            certificates.key(PLACE, REGION)
        slow.may.set()
        assert first.result()

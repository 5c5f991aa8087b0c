"""Getting certificates and confirming subscriptions over real TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.feedback.fetching import HttpsFetch, NotThere, Unreachable
from mailroom.feedback.places import Place
from support.ports import free_port
from support.sns_server import SimulatedSns, simulated_sns


@pytest.fixture
def sns(tmp_path: Path) -> Iterator[SimulatedSns]:
    with simulated_sns(tmp_path) as sns:
        yield sns


def get(sns: SimulatedSns, target: str = "/x.pem", host: str = "localhost", seconds: float = 5.0) -> bytes:
    return HttpsFetch(sns.authority, seconds).get(Place(host, sns.port, target))


def test_what_lies_there_is_returned(sns: SimulatedSns) -> None:
    sns.answers["/x.pem?a=b"] = (200, b"x" * 64 * 1024)

    assert get(sns, "/x.pem?a=b") == b"x" * 64 * 1024


def test_a_redirect_is_not_followed(sns: SimulatedSns) -> None:
    sns.answers["/x.pem"] = (302, b"/y.pem")

    with pytest.raises(NotThere, match="localhost answered 302"):
        get(sns)
    assert sns.asked == ["/x.pem"]


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotThere), (403, NotThere), (204, NotThere), (500, Unreachable), (503, Unreachable)]
)
def test_another_answer_is_none(sns: SimulatedSns, status: int, kind: type[Exception]) -> None:
    sns.answers["/x.pem"] = (status, b"")

    with pytest.raises(kind, match=f"localhost answered {status}"):
        get(sns)


def test_an_answer_without_end_is_cut_off(sns: SimulatedSns) -> None:
    sns.answers["/x.pem"] = (200, b"x" * (64 * 1024 + 1))

    with pytest.raises(NotThere, match="the answer has more than 65536 bytes"):
        get(sns)


def test_an_answer_that_drips_is_given_up(sns: SimulatedSns) -> None:
    sns.answers["/x.pem"] = (200, b"x" * 200)
    sns.drips = 0.02

    with pytest.raises(Unreachable, match=r"the answer took more than 0\.2 s"):
        get(sns, seconds=0.2)


def test_an_answer_that_is_cut_off_is_none(sns: SimulatedSns) -> None:
    sns.answers["/x.pem"] = (200, b"x" * 200)
    sns.withheld = 1

    with pytest.raises(Unreachable, match=r"the answer was cut off|IncompleteRead"):
        get(sns)


def test_a_server_of_another_name_is_not_believed(sns: SimulatedSns) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 could not be asked: SSLCertVerificationError"):
        get(sns, host="127.0.0.1")


def test_a_server_of_an_unknown_authority_is_not_believed(sns: SimulatedSns) -> None:
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        HttpsFetch().get(Place("localhost", sns.port, "/x.pem"))
    assert not sns.asked


def test_nobody_there_is_said() -> None:
    with pytest.raises(Unreachable, match="localhost could not be asked: ConnectionRefusedError"):
        HttpsFetch().get(Place("localhost", free_port(), "/x.pem"))

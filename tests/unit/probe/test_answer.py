"""Reading answers: whole ones in any pieces, and none whose end can't be proved."""

import pytest

from roles.probe.files.probe.answer import Answer, AnswerError, Reader

PLAIN = b"HTTP/1.1 200 OK\r\nX-Release: 1.4.0\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"


def read(data: bytes, method: str = "GET") -> Answer | None:
    return Reader(method).feed(data)


@pytest.mark.parametrize("data", [PLAIN, CHUNKED], ids=["length", "chunks"])
def test_an_answer_is_read_whole_however_it_is_cut_into_pieces(data: bytes) -> None:
    reader = Reader("GET")
    answers = [reader.feed(data[at : at + 1]) for at in range(len(data))]

    assert answers[:-1] == [None] * (len(data) - 1)
    assert answers[-1] is not None
    assert (answers[-1].status, answers[-1].body, reader.rest) == (200, b"hello", b"")


def test_header_names_are_lower_case_and_values_trimmed() -> None:
    answer = read(b"HTTP/1.1 204 No Content\r\nX-Release:  1.4.0 \r\n\r\n")

    assert answer is not None
    assert answer.headers == {"x-release": "1.4.0"}


def test_interim_answers_are_passed_over() -> None:
    answer = read(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + PLAIN)

    assert answer is not None
    assert answer.status == 200


def test_an_answer_to_head_has_no_body() -> None:
    answer = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD")

    assert answer is not None
    assert answer.body == b""


def test_what_comes_after_an_answer_is_seen() -> None:
    reader = Reader("GET")

    assert reader.feed(PLAIN + b"HTTP/1.1 200") is not None
    assert reader.rest == b"HTTP/1.1 200"


@pytest.mark.parametrize(("value", "closes"), [("close", True), ("Keep-Alive, Close", True), ("keep-alive", False)])
def test_a_close_is_announced_by_the_header_connection(value: str, closes: bool) -> None:  # noqa: FBT001
    answer = read(b"HTTP/1.1 204 No Content\r\nConnection: " + value.encode() + b"\r\n\r\n")

    assert answer is not None
    assert answer.closes is closes


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "neither Content-Length nor chunked"),
        (b"what?\r\n\r\n", "it begins with 'what\\?'"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "the header line 'no colon' has no name"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", "'five' is no length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "'-5' is no length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", "the body is larger than"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n", "a chunk doesn't end where it said"),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000, "a line or a head is longer than"),
    ],
)
def test_what_does_not_prove_to_be_whole_is_no_answer(data: bytes, why: str) -> None:
    with pytest.raises(AnswerError, match=why):
        read(data)

"""Reading one HTTP/1.1 answer (RFC 9112), byte by byte as it comes, with an end that can be proved."""

from collections.abc import Generator
from dataclasses import dataclass

MOST_HEAD = 64 * 1024  # bytes
MOST_BODY = 1024 * 1024
WITHOUT_BODY = {204, 304}
FIRST_FINAL = 200  # statuses below are of interim answers (RFC 9110, section 15.2)
STATUS_LENGTH = 3


class AnswerError(Exception):
    """What came is no answer, or has no end that can be proved."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def closes(self) -> bool:
        """Whether the server announced that it closes the connection (RFC 9112, section 9.6)."""
        return "close" in (word.strip().lower() for word in self.headers.get("connection", "").split(","))


class Reader:
    """Reads one answer. `rest` is what came after its end."""

    def __init__(self, method: str) -> None:
        """The method decides whether there is a body."""
        self._method = method
        self._buffer = bytearray()
        self._reading = self._read()
        self._answer: Answer | None = None
        next(self._reading)

    @property
    def rest(self) -> bytes:
        """Bytes that nobody asked for."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> Answer | None:
        """Take bytes; return the answer once it is whole. Raises AnswerError."""
        self._buffer += data
        try:
            next(self._reading)
        except StopIteration as done:
            self._answer = done.value
        return self._answer

    def _read(self) -> Generator[None, None, Answer]:
        yield
        while True:
            status, headers = _head((yield from self._until(b"\r\n\r\n", MOST_HEAD)))
            if status >= FIRST_FINAL:
                break
        if self._method == "HEAD" or status in WITHOUT_BODY:
            return Answer(status, headers, b"")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return Answer(status, headers, (yield from self._chunks()))
        if "content-length" not in headers:
            raise AnswerError("neither Content-Length nor chunked: its end can't be proved")
        return Answer(status, headers, (yield from self._exactly(_number(headers["content-length"], 10))))

    def _chunks(self) -> Generator[None, None, bytes]:
        body = b""
        while size := _number((yield from self._until(b"\r\n", MOST_HEAD)).split(b";")[0].decode("latin-1"), 16):
            body += yield from self._exactly(size)
            if len(body) > MOST_BODY or (yield from self._exactly(2)) != b"\r\n":
                raise AnswerError(f"a chunk doesn't end where it said, or all are larger than {MOST_BODY} bytes")
        while (yield from self._until(b"\r\n", MOST_HEAD)):
            pass
        return body

    def _until(self, mark: bytes, most: int) -> Generator[None, None, bytes]:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > most:
                raise AnswerError(f"a line or a head is longer than {most} bytes")
            yield
        found = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return found

    def _exactly(self, size: int) -> Generator[None, None, bytes]:
        if size > MOST_BODY:
            raise AnswerError(f"the body is larger than {MOST_BODY} bytes")
        while len(self._buffer) < size:
            yield
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found


def _head(data: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = data.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version not in {"HTTP/1.1", "HTTP/1.0"} or not rest[:STATUS_LENGTH].isdigit():
        raise AnswerError(f"it begins with {first[:60]!r}, not with HTTP/1.1 and a status")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise AnswerError(f"the header line {line[:60]!r} has no name")
        headers[name.lower()] = value.strip()
    return int(rest[:STATUS_LENGTH]), headers


def _number(text: str, base: int) -> int:
    try:
        number = int(text.strip(), base)
    except ValueError as error:
        raise AnswerError(f"{text[:20]!r} is no length") from error
    if number < 0:
        raise AnswerError(f"{text[:20]!r} is no length")
    return number

"""What happened to each request and each connection, in columns: a million requests take 40 MB."""

from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

NEVER = datetime.fromtimestamp(0, UTC)


class Outcome(IntEnum):
    """How a request ended."""

    OK = 0
    WRONG_STATUS = 1
    WRONG_BODY = 2
    WRONG_ID = 3  # the answer repeats another request's id
    CUT_BEFORE_ANSWER = 4
    CUT_MID_ANSWER = 5
    BAD_ANSWER = 6  # not HTTP/1.1, or with no provable end
    TIMEOUT = 7
    REFUSED = 8  # no connection, or its certificate was not accepted
    OVERFLOW = 9  # too many were waiting for a connection

    @property
    def label(self) -> str:
        """Its name in reports."""
        return self.name.lower()


ANSWERED = frozenset({Outcome.OK, Outcome.WRONG_STATUS, Outcome.WRONG_BODY, Outcome.WRONG_ID})


class Ending(IntEnum):
    """How a connection ended. Each that was opened ends exactly once."""

    BY_US = 0  # at the end of the load, or of a request on a fresh connection
    ANNOUNCED = 1  # the server said `Connection: close` with its answer
    ABANDONED = 2  # by us, after a timeout or a bad answer
    CUT_IDLE = 3
    CUT_BEFORE_ANSWER = 4
    CUT_MID_ANSWER = 5
    UNASKED = 6  # bytes came that no request asked for: an answer too many

    @property
    def label(self) -> str:
        """Its name in reports."""
        return self.name.lower()


CUTS = frozenset({Ending.CUT_IDLE, Ending.CUT_BEFORE_ANSWER, Ending.CUT_MID_ANSWER})


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that failed, for a person to read; `at` is seconds since the load began."""

    request_id: str
    at: float
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Result:
    """How one request ended. Times are of the monotonic clock; `sent` is 0 when it never was."""

    number: int
    due: float
    sent: float
    done: float
    outcome: Outcome
    release: str = ""
    detail: str = ""


@dataclass
class Recording:
    """Everything a load saw. Times are of the monotonic clock, which all processes of a machine share."""

    run: str
    start: float = 0.0
    end: float = 0.0  # when the last request came due, or the load was stopped
    started_at: datetime = NEVER
    limit_reached: bool = False
    cpu_seconds: float = 0.0
    latest_arrival: float = 0.0  # seconds by which the client itself was late, at most
    number: "array[int]" = field(default_factory=lambda: array("L"))
    due: "array[float]" = field(default_factory=lambda: array("d"))
    sent: "array[float]" = field(default_factory=lambda: array("d"))  # 0: never sent
    done: "array[float]" = field(default_factory=lambda: array("d"))
    outcome: "array[int]" = field(default_factory=lambda: array("B"))
    release: "array[int]" = field(default_factory=lambda: array("H"))  # index in releases
    releases: list[str] = field(default_factory=lambda: [""])  # "": the answer named none, or there was no answer
    opened: "array[float]" = field(default_factory=lambda: array("d"))
    ended: "array[float]" = field(default_factory=lambda: array("d"))
    ending: "array[int]" = field(default_factory=lambda: array("B"))
    failures: list[Failure] = field(default_factory=list)

    MOST_FAILURES = 50
    MOST_RELEASES = 1000

    def request_id(self, number: int) -> str:
        """Return the X-Request-ID of a request: unique, and to be found in the server's access log."""
        return f"load-{self.run}-{number}"

    def release_index(self, name: str) -> int:
        """Return the index of a release's name, adding it when it is new."""
        if name not in self.releases:
            if len(self.releases) >= self.MOST_RELEASES:
                return 0
            self.releases.append(name)
        return self.releases.index(name)

    def add(self, result: Result) -> None:
        """Note how one request ended."""
        self.number.append(result.number)
        self.due.append(result.due)
        self.sent.append(result.sent)
        self.done.append(result.done)
        self.outcome.append(result.outcome)
        self.release.append(self.release_index(result.release))
        if result.outcome is not Outcome.OK and len(self.failures) < self.MOST_FAILURES:
            at = round(result.done - self.start, 4)
            self.failures.append(Failure(self.request_id(result.number), at, result.outcome.label, result.detail))

    def connection_opened(self, at: float) -> None:
        """Note a new connection."""
        self.opened.append(at)

    def connection_ended(self, at: float, how: Ending) -> None:
        """Note the end of a connection."""
        self.ended.append(at)
        self.ending.append(how)

"""What Prometheus answers to a query, and whether the answer is within a limit."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PASS, FAIL, NO_DATA = "pass", "fail", "no_data"
_BAD_REQUEST = 400
_MEBIBYTE = 1024 * 1024


class PrometheusError(Exception):
    """Prometheus doesn't answer, or not now; asking again may help."""


class QueryError(Exception):
    """Prometheus can't read a query; asking again won't help."""


@dataclass(frozen=True)
class Sample:
    """One series' value at the moment of asking."""

    value: float
    labels: Mapping[str, str]


class Prometheus:
    """The HTTP API of a Prometheus (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

    def __init__(self, url: str, timeout: float = 5) -> None:
        """Nothing is asked yet. `timeout` is for one query, in seconds."""
        self.url = url.rstrip("/")
        self._timeout = timeout
        # Prometheus is on this host or beside it: a proxy that the environment names is for the world outside.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def samples(self, query: str) -> list[Sample]:
        """Return what an instant query finds, without values that are no number.

        Raises PrometheusError where there is no answer, QueryError where the query can't be read.
        """
        form = urllib.parse.urlencode({"query": query, "timeout": f"{self._timeout}s"}).encode()
        try:
            with self._open(f"{self.url}/api/v1/query", form, self._timeout) as answer:
                found = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            said = _said(error)
            if error.code == _BAD_REQUEST:
                raise QueryError(f"Prometheus can't read the query: {said}. The query: {query}") from error
            raise PrometheusError(f"Prometheus at {self.url} answered {error.code}: {said}") from error
        except (OSError, ValueError, KeyError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise PrometheusError(f"Prometheus at {self.url} doesn't answer: {reason}") from error
        return [sample for sample in _samples(found) if not math.isnan(sample.value)]


def _said(error: urllib.error.HTTPError) -> str:
    """Return the reason that Prometheus gives; a proxy in its place gives none."""
    try:
        return str(json.load(error)["error"])
    except (OSError, ValueError, KeyError, TypeError):
        return str(error.reason)


def _samples(found: Mapping[str, Any]) -> list[Sample]:
    if found["resultType"] == "scalar":
        return [Sample(float(found["result"][1]), {})]
    return [Sample(float(series["value"][1]), series["metric"]) for series in found["result"]]


@dataclass(frozen=True)
class Check:
    """A query and the limits of its worst series.

    `enough` is what must be there before its answer counts, `lasting` for how many seconds it must fail before it does.
    """

    name: str
    query: str
    most: float | None = None
    least: float | None = None
    unit: str = ""
    enough: Mapping[str, Any] | None = None
    optional: bool = False
    lasting: float = 0
    beside: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Finding:
    """What came of a check. `value` is the worst series' value, None without data; `why` says what is missing.

    `others` is how many more series are beyond the limit.
    """

    name: str
    verdict: str
    unit: str = ""
    value: float | None = None
    limit: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    beside: str = ""
    others: int = 0

    def sentence(self) -> str:
        """Return the finding as people say it, such as "error ratio of 1.4.0 is 2.3 %, at most 1 % is allowed"."""
        if self.value is None or self.limit is None:
            return f"{self.name}: {self.why}"
        words = f"{self.name} is {amount(self.value, self.unit)}"
        if self.verdict == PASS:
            return words
        bound = "at most" if self.value > self.limit else "at least"
        return f"{words}, {bound} {amount(self.limit, self.unit)} is allowed"

    def where(self) -> str:
        """Return the labels of the worst series, such as "route=/api, slot=green", and how many others are as bad."""
        named = ", ".join(f"{name}={value}" for name, value in sorted(self.labels.items()) if name != "__name__")
        return f"{named}, and {self.others} more" if self.others else named


def amount(value: float, unit: str) -> str:
    """Write a value for people: a ratio in percent, bytes in MiB, others with their unit."""
    if not math.isfinite(value):
        return "without bound"
    if unit == "ratio":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        return f"{value / _MEBIBYTE:.0f} MiB"
    return f"{round(value, 3):.12g} {unit}".rstrip()


def judge(check: Check, ask: Callable[[str], list[Sample]]) -> Finding:
    """Ask for what a check needs and decide; an optional check passes where Prometheus says that it has no data.

    Raises QueryError, which names the check.
    """
    try:
        return _judged(check, ask)
    except PrometheusError as error:
        return Finding(check.name, NO_DATA, check.unit, why=str(error))
    except QueryError as error:
        raise QueryError(f"{check.name}: {error}") from error


def _judged(check: Check, ask: Callable[[str], list[Sample]]) -> Finding:
    if check.enough:
        least = float(check.enough["least"])
        have = max((sample.value for sample in ask(check.enough["query"])), default=0.0)
        if have < least:
            needs = amount(least, check.enough.get("unit") or "")
            return _without_data(check, f"it has {amount(max(have, 0), '')} of the {needs} that it needs")
    samples = ask(check.query)
    if not samples:
        return _without_data(check, "no series answers its query")
    worst = max(samples, key=lambda sample: max(over for over, _ in _bounds(check, sample.value)))
    over, limit = max(_bounds(check, worst.value))
    verdict = FAIL if over > 0 else PASS
    beside = _beside(check, ask) if verdict == FAIL else ""
    others = sum(max(_bounds(check, sample.value))[0] > 0 for sample in samples if sample is not worst)
    return Finding(check.name, verdict, check.unit, worst.value, limit, worst.labels, beside=beside, others=others)


def _bounds(check: Check, value: float) -> list[tuple[float, float]]:
    """Return how far a value is beyond each limit of the check (below 0: within), with the limit."""
    over = [(value - check.most, check.most)] if check.most is not None else []
    under = [(check.least - value, check.least)] if check.least is not None else []
    return over + under


def _beside(check: Check, ask: Callable[[str], list[Sample]]) -> str:
    """Return the figure that a person compares with; that it can't be had changes no verdict."""
    if not check.beside:
        return ""
    try:
        values = [sample.value for sample in ask(check.beside["query"])]
    except (PrometheusError, QueryError):
        return ""
    return f"{check.beside['name']}: {amount(max(values), check.unit)}" if values else ""


def _without_data(check: Check, why: str) -> Finding:
    return Finding(check.name, PASS if check.optional else NO_DATA, check.unit, why=why)

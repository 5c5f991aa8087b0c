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
    from collections.abc import Mapping

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

    `enough` is what must be there before its answer counts, `against` a query in whose parts it counts and from which
    `difference` on, `recently` a query over less time that may find a series well again, `lasting` for how many seconds
    it must fail before it does.
    """

    name: str
    query: str
    most: float | None = None
    least: float | None = None
    unit: str = ""
    enough: Mapping[str, Any] | None = None
    optional: bool = False
    recently: str | None = None
    against: Mapping[str, Any] | None = None
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

"""Whether what Prometheus answers is within the limits of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.module_utils.promql import (
    FAIL,
    NO_DATA,
    PASS,
    Check,
    Finding,
    PrometheusError,
    QueryError,
    Sample,
    amount,
)

if TYPE_CHECKING:
    from collections.abc import Callable


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
    samples = _compared(check, ask(check.query), ask)
    if not samples:
        return _without_data(check, "no series answers its query")
    samples = _second_look(check, samples, ask)
    worst = max(samples, key=lambda sample: _beyond(check, sample))
    over, limit = max(_bounds(check, worst.value))
    verdict = FAIL if over > 0 else PASS
    beside = _beside(check, ask) if verdict == FAIL else ""
    others = sum(_beyond(check, sample) > 0 for sample in samples if sample is not worst)
    return Finding(check.name, verdict, check.unit, worst.value, limit, worst.labels, beside=beside, others=others)


def _compared(check: Check, samples: list[Sample], ask: Callable[[str], list[Sample]]) -> list[Sample]:
    """Return the samples in parts of what they are compared with, 0 where they differ too little from that to tell.

    A series that has nothing to be compared with isn't among them.
    """
    if not check.against or not samples:
        return samples
    others = {_series(sample): sample.value for sample in ask(check.against["query"])}
    pairs = [(sample, others[_series(sample)]) for sample in samples if others.get(_series(sample), 0) > 0]
    least = float(check.against["difference"])
    return [Sample(mine.value / other if mine.value - other > least else 0, mine.labels) for mine, other in pairs]


def _series(sample: Sample) -> tuple[tuple[str, str], ...]:
    """Return a sample's labels as something to look up."""
    return tuple(sorted(sample.labels.items()))


def _second_look(check: Check, samples: list[Sample], ask: Callable[[str], list[Sample]]) -> list[Sample]:
    """Return the samples; in place of those beyond a limit what they were recently, where that is better."""
    if not check.recently or all(_beyond(check, sample) <= 0 for sample in samples):
        return samples
    recent = {_series(sample): sample for sample in _compared(check, ask(check.recently), ask)}
    pairs = [(sample, recent.get(_series(sample), sample)) for sample in samples]
    return [min(pair, key=lambda sample: _beyond(check, sample)) for pair in pairs]


def _beyond(check: Check, sample: Sample) -> float:
    """Return how far a sample is beyond the limit that it's farthest beyond; below 0: within all."""
    return max(over for over, _ in _bounds(check, sample.value))


def _bounds(check: Check, value: float) -> list[tuple[float, float]]:
    """Return how far a value is beyond each limit of the check (below 0: within), with the limit."""
    over = [(value - check.most, check.most)] if check.most is not None else []
    under = [(check.least - value, check.least)] if check.least is not None else []
    return over + under


def _beside(check: Check, ask: Callable[[str], list[Sample]]) -> str:
    """Return the figure that it is compared with, by us or by a person; that it can't be had changes no verdict."""
    told = check.beside or check.against
    if not told:
        return ""
    try:
        values = [sample.value for sample in ask(told["query"])]
    except (PrometheusError, QueryError):
        return ""
    return f"{told['name']}: {amount(max(values), told.get('unit') or check.unit)}" if values else ""


def _without_data(check: Check, why: str) -> Finding:
    return Finding(check.name, PASS if check.optional else NO_DATA, check.unit, why=why)

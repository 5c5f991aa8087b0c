"""What was measured, as Markdown: it is read in a terminal as well."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.load.service.crowd import Found

MOST_PACKAGES = 12


def of_scenarios(found: Sequence[Found]) -> Iterator[str]:
    """Yield the table of scenarios."""
    yield "| scenario | users | requests | failed | requests/s | p50 ms | p95 ms | p99 ms |"
    yield "| --- | --: | --: | --: | --: | --: | --: | --: |"
    for one in found:
        times = " | ".join(str(one.percentile(share)) for share in (0.5, 0.95, 0.99))
        yield f"| {one.scenario} | {one.users} | {one.requests} | {one.failed} | {one.rate:.0f} | {times} |"


def of_rounds(mailroom: Sequence[tuple[Found, float]], bare: Sequence[tuple[Found, float]]) -> Iterator[str]:
    """Yield the comparison with the bare handler: rounds that took turns, each with the service's CPU seconds."""
    yield "| round | Mailroom requests/s | bare requests/s | share | Mailroom CPU ms each | bare CPU ms each |"
    yield "| --: | --: | --: | --: | --: | --: |"
    shares, costs = [], []
    for number, (whole, little) in enumerate(zip(mailroom, bare, strict=True), 1):
        shares.append(whole[0].rate / little[0].rate)
        mine, its = (1000 * cpu / found.requests for found, cpu in (whole, little))
        costs.append(mine - its)
        rates = f"{whole[0].rate:.0f} | {little[0].rate:.0f} | {shares[-1]:.0%}"
        yield f"| {number} | {rates} | {mine:.2f} | {its:.2f} |"
    yield ""
    more = f"{statistics.median(costs):.2f} ms more CPU of the service for each"
    yield f"Median: {statistics.median(shares):.0%} of the bare handler's requests, {more}."


def of_packages(samples: Counter[str]) -> Iterator[str]:
    """Yield where the time goes."""
    yield "| package | share of the samples |"
    yield "| --- | --: |"
    for package, count in samples.most_common(MOST_PACKAGES):
        yield f"| {package} | {count / samples.total():.0%} |"
    rest = samples.total() - sum(count for _, count in samples.most_common(MOST_PACKAGES))
    yield f"| all others | {rest / samples.total():.0%} |"

"""Markdown that the page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal


def amount(number: Decimal) -> str:
    """Return a number with commas and no more decimals than it has."""
    return f"{number.normalize():,f}"


def dollars(price: Decimal) -> str:
    """Return a price, with two decimals at the least."""
    return f"{price:.2f}" if price == round(price, 2) else amount(price)


def bullets(lines: Iterable[str]) -> str:
    """Return a list."""
    return "".join(f"- {line}\n" for line in lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """Return a table; `numbers` are the columns that stand to the right, from 0."""
    right = set(numbers)
    rule = ["---:" if column in right else "---" for column in range(len(head))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, rule, *rows))

"""What each environment on EC2 costs a month, at the list prices of tools/prices.yml.

Usage: python -m tools.cost [--region REGION] [--mails N] ... [--write FILE | --check FILE] [ENVIRONMENT ...]
Without names all are shown, and `single-host`, the smallest setup that is of use. With --check nothing is written; the
exit status is 1 and the difference is printed if the file isn't up to date.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tools.cost import prices as price_file
from tools.cost.hosts import FILE, Environment, environments, parse
from tools.cost.month import Month, Use, month
from tools.cost.page import Reckoned, render, rows
from tools.cost.prices import CostError, Prices
from tools.paint import Paint, table

SINGLE = "single-host"
PLANS = ("essentials", "a-la-carte")
WIDTH = 100  # columns of sentences below a table


def main(argv: Sequence[str]) -> int:
    """Print the tables, or write or compare the page; 1 if something can't be reckoned or the comparison fails."""
    try:
        prices = price_file.read()
        parser = _parser(prices)
        options = parser.parse_args(argv)
        if options.names and (options.write or options.check):
            parser.error("the page has all environments: leave their names out")
        reckoned = _reckon(options, prices)
        if options.write or options.check:
            return _page(render(reckoned, prices), options.write, options.check)
        for one in reckoned.all() if not options.names else [_named(name, reckoned) for name in options.names]:
            sys.stdout.write(show(month(one, reckoned.uses[one.name], prices), prices) + "\n\n")
    except CostError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def show(one: Month, prices: Prices) -> str:
    """Return an environment's table, and what the free tier covers of it, as text."""
    cells = [*rows(one), ["sum", "", "", f"{one.usd:,}"]]
    width = {column: max(len(row[column]) for row in cells) for column in (1, 3)}
    aligned = [[what, quantity.rjust(width[1]), price, usd.rjust(width[3])] for what, quantity, price, usd in cells]
    head = [one.environment.name.upper(), "QUANTITY".rjust(width[1]), "USD", "A MONTH"]
    lines = [f"{one.environment.region}, list prices of {prices.as_of} without tax, {prices.hours} hours"]
    told = [textwrap.fill(line, WIDTH) for line in prices.free_tier.told(one)]
    return "\n".join([*lines, table(head, aligned, Paint()), "", *told])


def quantity(text: str) -> Decimal:
    """Return a quantity.

    Raises:
        argparse.ArgumentTypeError: it isn't a number, or less than nothing.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 up")
    return number


def _parser(prices: Prices) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.cost", description=__doc__, allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="ENVIRONMENT")
    parser.add_argument("--region", help="reckon as if all were there")
    for name, assumption in prices.assumptions.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=quantity, metavar="N", help=f"{assumption.unit}: {assumption.why}")
    parser.add_argument("--ses-plan", choices=PLANS, help="how SES is paid")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--write", type=Path, metavar="FILE", help="write the page")
    target.add_argument("--check", type=Path, metavar="FILE", help="show what would change in the page")
    return parser


def _reckon(options: argparse.Namespace, prices: Prices) -> Reckoned:
    found = {**environments(), SINGLE: parse(SINGLE, prices.single_host, f"{price_file.NAME}: single_host")}
    if options.region:
        found = {name: replace(one, region=options.region) for name, one in found.items()}
    given = {name: getattr(options, name) for name in prices.assumptions}
    wished = {name: value for name, value in given.items() if value is not None}
    uses = {name: Use.of(name, prices, wished, options.ses_plan) for name in found}
    return Reckoned({name: one for name, one in found.items() if name != SINGLE}, found[SINGLE], uses)


def _named(name: str, reckoned: Reckoned) -> Environment:
    known: Mapping[str, Environment] = {one.name: one for one in reckoned.all()}
    if name not in known:
        raise CostError(
            f"{name} is not on EC2: inventories/{name}/{FILE} says nothing of hosts. There are: {', '.join(known)}"
        )
    return known[name]


def _page(page: str, write: Path | None, check: Path | None) -> int:
    if write:
        write.write_text(page, encoding="utf-8")
        return 0
    target = check or Path()
    found = target.read_text(encoding="utf-8") if target.is_file() else ""
    if found == page:
        return 0
    difference = difflib.unified_diff(found.splitlines(), page.splitlines(), "committed", "generated", lineterm="")
    sys.stdout.write("\n".join([f"{target.name} isn't up to date: run `make docs`", *difference]) + "\n")
    return 1

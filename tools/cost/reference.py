"""The parts of docs/cost.md to look things up in: every price, and how a person checks it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from tools.cost.markdown import dollars, table
from tools.cost.prices import Group, Price, Prices

# It works in bash and zsh.
ASK = """\
price() {
    local service=$1 filters=(); shift
    for field; do filters+=("Type=TERM_MATCH,Field=${field%%=*},Value=${field#*=}"); done
    aws pricing get-products --region us-east-1 --service-code "$service" --filters "${filters[@]}" --output json |
        jq -r '.PriceList[] | fromjson | .product.attributes.usagetype as $usage
            | .terms.OnDemand[]?.priceDimensions[] | [$usage, .pricePerUnit.USD, .unit, .description] | @tsv' | sort -u
}
"""


def price_table(prices: Prices) -> str:
    """Return a table of all prices with the day on which each was seen."""
    head = [
        "",
        "name",
        "unit",
        *(f"USD, {region}" for region in prices.regions),
        f"a month in {next(iter(prices.regions))}",
        "Amazon's page",
    ]
    rows = []
    for group in prices.groups:
        for name in group.prices:
            found = [group.price(name, region) for region in prices.regions]
            # An hour's price says little; a month's says what it comes to.
            first = found[0]
            month = dollars(round(first.usd * prices.hours, 2)) if first and first.unit == "hour" else ""
            link = f"[{group.page.removeprefix('https://aws.amazon.com/').strip('/')}]({group.page})"
            rows.append([group.what, f"`{name}`", group.unit, *(_seen(price) for price in found), month, link])
    return table(head, rows, numbers=[3 + len(prices.regions)])


def checks(prices: Prices, region: str) -> str:
    """Return the commands that ask Amazon for the prices of a region."""
    asked = dict.fromkeys(line for group in prices.groups for line in _ask(group, prices, region))
    return "```sh\n" + ASK + "\n" + "\n".join(asked) + "\n```\n"


def fields(group: Group, name: str, region: str, location: str) -> dict[str, str]:
    """Return what the price list is asked for, to find a price of a region."""
    return {key: value.format(name=name, region=region, location=location) for key, value in group.fields.items()}


def _ask(group: Group, prices: Prices, region: str) -> Iterator[str]:
    # Where each name is asked for by itself, the first shows how.
    for name in list(group.prices)[:1]:
        pairs = fields(group, name, region, prices.regions[region]).items()
        words = " ".join(shlex.quote(f"{key}={value}") for key, value in pairs)
        yield f"price {group.service} {words}" + (f"   # {group.note}" if group.note else "")


def _seen(price: Price | None) -> str:
    if price is None:
        return "none yet"
    return f"{dollars(price.usd)} ({price.seen or '*not confirmed*'})"

"""What an environment costs a month: one item for each thing that Amazon asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tools.cost.hosts import Environment
from tools.cost.prices import NAME, CostError, Price, Prices

CENT = Decimal("0.01")
THOUSAND = Decimal(1000)


@dataclass(frozen=True)
class Item:
    """A row: what, how many units of it, at which price."""

    what: str
    quantity: Decimal
    price: Price

    @property
    def billed(self) -> Decimal:
        """Units that are paid for: those beyond what is free for every account."""
        return max(self.quantity - self.price.free, Decimal(0))

    @property
    def usd(self) -> Decimal:
        """US dollars a month, in whole cents, so that the rows add up to the sum."""
        return (self.billed * self.price.usd).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Month:
    """All items of an environment."""

    environment: Environment
    items: Sequence[Item]

    @property
    def usd(self) -> Decimal:
        """The sum, in US dollars."""
        return sum((item.usd for item in self.items), Decimal("0.00"))


@dataclass(frozen=True)
class Use:
    """What a month is reckoned with: quantities by the names of the assumptions, and how SES is paid."""

    quantities: Mapping[str, Decimal]
    ses_plan: str

    @classmethod
    def of(cls, environment: str, prices: Prices, wished: Mapping[str, Decimal], ses_plan: str | None = None) -> Use:
        """Return what is wished for, and for the rest what tools/prices.yml assumes of an environment."""
        assumed = {name: assumption.of(environment) for name, assumption in prices.assumptions.items()}
        return cls({**assumed, **wished}, ses_plan or prices.ses_plan)


def month(environment: Environment, use: Use, prices: Prices) -> Month:
    """Return what an environment costs a month.

    Raises:
        CostError: something has no price, or there is more of it than the price holds for.
    """
    return Month(
        environment, [_within(item) for item in (*_rent(environment, prices), *_used(environment, use, prices))]
    )


def _rent(environment: Environment, prices: Prices) -> Iterator[Item]:
    """Yield what is paid by the hour or by size, whether it is used or not."""

    def item(what: str, quantity: int | Decimal, name: str) -> Item:
        return Item(what, Decimal(quantity), prices.of(name, environment.region))

    for host in environment.hosts:
        what = f"{host.name}: {host.type}" if host.count == 1 else f"{host.name}: {host.count} {host.type}"
        yield item(what, host.count * prices.hours, host.type)
    yield item("disks", sum(host.count * host.disk_gb for host in environment.hosts), "gp3")
    public = sum(host.count for host in environment.hosts if host.public)
    if public:
        yield item(f"public IPv4 addresses of hosts: {public}", public * prices.hours, "public_ipv4")
    if environment.nat_gateways:
        hours = environment.nat_gateways * prices.hours
        yield item(f"NAT gateways: {environment.nat_gateways}", hours, "nat_gateway")
        yield item("their public IPv4 addresses", hours, "public_ipv4")


def _used(environment: Environment, use: Use, prices: Prices) -> Iterator[Item]:
    """Yield what is paid by use."""

    def item(what: str, quantity: Decimal, name: str) -> Item:
        return Item(what, quantity, prices.of(name, environment.region))

    wanted = use.quantities
    if environment.nat_gateways:
        yield item("data through them", wanted["nat_gb"], "nat_data")
    yield item("data out to the internet", wanted["traffic_gb"], "traffic")
    yield item("backups in S3", wanted["backup_gb"], "s3_storage")
    yield item("S3 requests that write or list", wanted["backup_writes"] / THOUSAND, "s3_write")
    yield item("S3 requests that read", wanted["backup_reads"] / THOUSAND, "s3_read")
    yield item("mail by SES", wanted["mails"] / THOUSAND, f"ses_{use.ses_plan}")
    yield item("attachments by SES", wanted["attachments_gb"], "ses_attachments")
    yield item("Route 53 zones", wanted["zones"], "zone")
    yield item("SSM's standard parameters", Decimal(1), "ssm_standard")


def _within(item: Item) -> Item:
    if item.price.up_to is not None and item.billed > item.price.up_to:
        raise CostError(
            f"{item.what}: the price of {item.price.name} holds for {item.price.up_to:,f} ({item.price.unit}) a month, "
            f"and {item.billed:,f} are asked for: add its next band to {NAME}, or reckon with less"
        )
    return item

"""A month's items and their sum, reckoned by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.tools.cost.made import environment, made, reckon
from tools.cost.month import Month, Use, month
from tools.cost.prices import CostError

SEVERAL = {
    "edge": {"count": 1, "type": "small", "disk_gb": 10, "subnet": "private", "elastic_ip": True},
    "app": {"count": 2, "type": "small", "disk_gb": 10, "subnet": "private"},
    "db": {"count": 1, "type": "large", "disk_gb": 10, "data_disk_gb": 20, "subnet": "private"},
}


def costs(one: Month) -> dict[str, str]:
    return {item.what: str(item.usd) for item in one.items}


def test_one_host_costs_its_hours_disk_address_and_what_it_uses() -> None:
    one = reckon(environment())

    assert costs(one) == {
        "host: small": "7.30",  # 730 x 0.01
        "disks": "1.00",  # 10 x 0.1
        "public IPv4 addresses of hosts: 1": "3.65",  # 730 x 0.005
        "data out to the internet": "0.00",  # 50 of 100 free
        "backups in S3": "0.40",  # 20 x 0.02
        "S3 requests that write or list": "0.20",  # 40 x 0.005
        "S3 requests that read": "0.00",  # 10 x 0.0004
        "mail by SES": "1.60",  # 10 x 0.16
        "attachments by SES": "0.00",
        "Route 53 zones": "0.50",
        "SSM's standard parameters": "0.00",
    }
    assert one.usd == Decimal("14.65")


def test_several_hosts_and_gateways_are_counted_each() -> None:
    found = costs(reckon(environment(cloud_hosts=SEVERAL, cloud_nat_gateways=2)))

    assert found["app: 2 small"] == "14.60"  # 2 x 730 x 0.01
    assert found["db: large"] == "73.00"  # 730 x 0.1
    assert found["disks"] == "6.00"  # 10 + 2 x 10 + 10 + 20 GB
    assert found["NAT gateways: 2"] == "73.00"  # 2 x 730 x 0.05
    assert found["their public IPv4 addresses"] == "7.30"  # 2 x 730 x 0.005
    assert found["data through them"] == "0.50"  # 10 x 0.05


def test_an_elastic_address_is_public_though_the_subnet_is_private() -> None:
    assert "public IPv4 addresses of hosts: 1" in costs(reckon(environment(cloud_hosts=SEVERAL)))


def test_without_gateways_nothing_goes_through_them() -> None:
    assert not [what for what in costs(reckon(environment())) if "NAT" in what or "them" in what]


def test_private_hosts_have_no_addresses_to_pay() -> None:
    hosts = {"host": {"type": "small", "disk_gb": 10, "subnet": "private"}}

    assert not [what for what in costs(reckon(environment(cloud_hosts=hosts))) if "IPv4" in what]


def test_only_the_traffic_beyond_the_free_part_is_paid() -> None:
    assert costs(reckon(environment(), traffic_gb=150))["data out to the internet"] == "4.50"  # 50 x 0.09


def test_an_environment_is_used_as_is_assumed_of_it() -> None:
    assert costs(reckon(environment("staging")))["mail by SES"] == "0.32"  # 2 x 0.16


def test_what_is_wished_for_comes_before_what_is_assumed() -> None:
    assert costs(reckon(environment("staging"), mails=100_000))["mail by SES"] == "16.00"


def test_the_other_plan_of_ses_has_its_own_price() -> None:
    assert costs(reckon(environment(), ses_plan="a-la-carte"))["mail by SES"] == "1.00"  # 10 x 0.1


def test_the_rows_add_up_to_the_sum_in_cents() -> None:
    # 1.5 and 4.5 tenths of a cent: each row is rounded, and the sum is that of what is shown.
    one = reckon(environment(), backup_reads=4_000, backup_writes=1_000)

    assert one.usd == sum(Decimal(cost) for cost in costs(one).values())


def test_a_half_cent_is_rounded_up() -> None:
    assert costs(reckon(environment(), backup_writes=1_000))["S3 requests that write or list"] == "0.01"  # 0.005


def test_more_than_a_price_holds_for_is_refused() -> None:
    with pytest.raises(
        CostError, match=r"data out to the internet: the price of traffic holds for 1,000 \(GB\) a month, and"
    ):
        reckon(environment(), traffic_gb=1_101)


def test_a_type_without_a_price_is_named_with_the_place_for_it() -> None:
    one = environment(cloud_hosts={"host": {"type": "huge", "disk_gb": 10, "subnet": "public"}})

    with pytest.raises(
        CostError, match=r"^huge has no price: add it to a group of tools/prices.yml, an instance type to"
    ):
        reckon(one)


def test_a_type_without_a_price_in_the_region_is_named_with_the_place_for_it() -> None:
    one = environment(cloud_region="there", cloud_hosts={"host": {"type": "large", "disk_gb": 10, "subnet": "public"}})

    with pytest.raises(CostError, match=r"^large has no price in there: add it to `instances` of tools/prices.yml$"):
        reckon(one)


def test_a_region_without_prices_is_named_with_those_that_there_are() -> None:
    with pytest.raises(
        CostError, match=r"^region mars has no prices: add it to `regions` of .*; there are here, there$"
    ):
        month(environment(cloud_region="mars"), Use.of("production", made(), {}), made())

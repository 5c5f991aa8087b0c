"""Prices that are easy to reckon with by hand, and environments to reckon with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from tools.cost import prices as price_file
from tools.cost.hosts import Environment, parse
from tools.cost.month import Month, Use, month
from tools.cost.prices import Prices

TEXT = """
as_of: 2026-01-02
currency: USD
hours: 730
regions: {here: Here (Town), there: There}
groups:
  - what: instances
    unit: hour
    page: https://aws.amazon.com/ec2/pricing/
    check: {service: AmazonEC2, fields: {regionCode: "{region}", instanceType: "{name}"}}
    prices:
      small: {here: {usd: 0.01, seen: 2026-01-01}, there: {usd: 0.02, confirmed: false}}
      large: {here: {usd: 0.1, seen: 2026-01-01}}
  - what: the rest
    unit: GB
    page: https://aws.amazon.com/pricing/
    check: {service: Rest, fields: {fromLocation: "{location}"}, note: the first line}
    prices:
      gp3: {everywhere: {usd: 0.1, seen: 2026-01-01}}
      public_ipv4: {everywhere: {usd: 0.005, seen: 2026-01-01}}
      nat_gateway: {everywhere: {usd: 0.05, seen: 2026-01-01}}
      nat_data: {everywhere: {usd: 0.05, seen: 2026-01-01}}
      traffic: {free: 100, up_to: 1000, everywhere: {usd: 0.09, seen: 2026-01-01}}
      s3_storage: {everywhere: {usd: 0.02, seen: 2026-01-01}}
      s3_write: {everywhere: {usd: 0.005, seen: 2026-01-01}}
      s3_read: {everywhere: {usd: 0.0004, seen: 2026-01-01}}
      ses_essentials: {everywhere: {usd: 0.16, seen: 2026-01-01}}
      ses_a-la-carte: {everywhere: {usd: 0.1, seen: 2026-01-01}}
      ses_attachments: {everywhere: {usd: 0.12, seen: 2026-01-01}}
      zone: {everywhere: {usd: 0.5, seen: 2026-01-01}}
      ssm_standard: {everywhere: {usd: 0, seen: 2026-01-01}}
assumptions:
  mails: {value: 10000, staging: 2000, unit: mails, why: what is sent}
  attachments_gb: {value: 0, unit: GB, why: with the mails}
  traffic_gb: {value: 50, unit: GB, why: answers}
  nat_gb: {value: 10, unit: GB, why: packages}
  backup_gb: {value: 20, unit: GB, why: backups}
  backup_writes: {value: 40000, unit: requests, why: WAL}
  backup_reads: {value: 10000, unit: requests, why: checks}
  zones: {value: 1, unit: zones, why: a domain}
ses_plan: essentials
single_host:
  cloud_region: here
  cloud_hosts: {host: {groups: [edge, app, db, monitoring], type: small, disk_gb: 10, subnet: public}}
free_tier:
  page: https://aws.amazon.com/free/
  seen: 2026-01-01
  changed: 2025-07-15
  credits: {at_once: 100, earned: 100, free_plan_months: 6, end_months: 12, types: [small]}
  twelve_months:
    - {prices: [small, tiny], units: 750}
    - {prices: [gp3], units: 30}
  trials:
    - {prices: [small], units: 100, until: 2026-12-31, seen: 2026-01-01}
free_of_charge: [Air.]
left_out: [Tax.]
"""
ONE: dict[str, Any] = {
    "cloud_region": "here",
    "cloud_hosts": {"host": {"count": 1, "type": "small", "disk_gb": 10, "subnet": "public"}},
}


def said() -> dict[str, Any]:
    """Return what the made price file says, to be changed."""
    document: dict[str, Any] = yaml.safe_load(TEXT)
    return document


def made() -> Prices:
    """Return the made prices."""
    return price_file.parse(said())


def environment(name: str = "production", **more: Any) -> Environment:  # noqa: ANN401
    """Return an environment of one small host with a public address, with some keys of cloud.yml changed."""
    return parse(name, {**ONE, **more}, f"inventories/{name}/cloud.yml")


def reckon(one: Environment, ses_plan: str | None = None, **wished: int) -> Month:
    """Return an environment's month at the made prices."""
    quantities = {name: Decimal(value) for name, value in wished.items()}
    return month(one, Use.of(one.name, made(), quantities, ses_plan), made())

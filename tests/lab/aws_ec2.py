"""Where moto's EC2 says less than EC2, or what no network could route."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

# For documentation (RFC 5737), so nobody's; moto takes Elastic IPs from the loopback's.
PUBLIC = IPv4Network("198.51.100.0/24")


def teach() -> None:
    """Have moto tell all of each volume made from now on, and give out addresses that can be led somewhere."""
    from moto.ec2.models import elastic_ip_addresses  # noqa: PLC0415 - moto takes a second to load
    from moto.ec2.models.elastic_block_store import Volume  # noqa: PLC0415

    make = Volume.__init__

    def make_whole(self: Volume, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - moto's own arguments
        make(self, *arguments, **settings)
        self.multi_attach_enabled = bool(self.multi_attach_enabled)
        self.snapshot_id = self.snapshot_id or ""

    free: Iterator[str] = map(str, PUBLIC.hosts())
    setattr(Volume, "__init__", make_whole)  # noqa: B010 - mypy forbids the plain form
    setattr(elastic_ip_addresses, "random_ip", lambda: next(free))  # noqa: B010 - moto's own name

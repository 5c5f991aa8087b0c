"""From outside, only SSH and the site answer."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING

import pytest

from tests.environment import environment_under_test

if TYPE_CHECKING:
    from collections.abc import Iterable

LABS = [ipaddress.ip_network(net) for net in ("192.168.56.0/24", "10.20.0.0/16", "10.30.0.0/16")]
AT_ONCE = 4000  # a shut door doesn't answer, so each takes its whole time
LIMIT = 2.0  # seconds; hosts of a lab answer within a millisecond, but to knock at so many doors takes a second itself


async def opens(address: str, port: int, turn: asyncio.Semaphore) -> bool:
    """Return whether a TCP connection to a port comes about."""
    async with turn:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), LIMIT)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True


async def open_ports(address: str, ports: Iterable[int]) -> set[int]:
    """Return the ports that are open, trying many at once."""
    turn = asyncio.Semaphore(AT_ONCE)
    ports = list(ports)
    answers = await asyncio.gather(*(opens(address, port, turn) for port in ports))
    return {port for port, opened in zip(ports, answers, strict=True) if opened}


def hosts() -> list[tuple[str, str]]:
    """Return name and address of each host of the environment."""
    return [(name, variables["ansible_host"]) for name, variables in environment_under_test().hosts.items()]


@pytest.fixture(params=hosts(), ids=lambda param: param[0])
def host_of_a_lab(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each host, if nobody else's network is between here and there."""
    name, address = request.param
    if not any(ipaddress.ip_address(address) in lab for lab in LABS):
        pytest.skip(f"{address} isn't a lab's: only there is knocking on every door nobody else's business")
    return str(name), str(address)


def test_no_other_door_answers(host_of_a_lab: tuple[str, str]) -> None:
    name, address = host_of_a_lab
    group_names = environment_under_test().hosts[name]["group_names"]
    expected = {22} | ({80, 443} if "edge" in group_names else set())

    assert asyncio.run(open_ports(address, range(1, 65536))) == expected


def test_behind_the_doors_is_what_should_be_there(host_of_a_lab: tuple[str, str]) -> None:
    # Some networks accept a connection for anybody, so that an open port alone shows nothing.
    async def greeting() -> bytes:
        reader, writer = await asyncio.open_connection(host_of_a_lab[1], 22)
        line = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return line

    assert asyncio.run(greeting()).startswith(b"SSH-2.0-OpenSSH")

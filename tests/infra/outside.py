"""What a client on the control node gets from a host."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testinfra.host import Host


def first_answer(host: Host, port: int, said: bytes) -> bytes | None:
    """Say something to a TCP port and return up to 64 bytes of the answer, or None when there is none for 2 seconds.

    That the connection is accepted means nothing: a gateway in between may do so in the host's name.

    Raises:
        ConnectionRefusedError: the host, or its firewall, says that nothing is there.
    """
    address = host.ansible.get_variables()["ansible_host"]
    try:
        with socket.create_connection((address, port), timeout=2) as client:
            client.sendall(said)
            return client.recv(64) or None
    except TimeoutError:
        return None

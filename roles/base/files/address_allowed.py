#!/usr/bin/env python3
"""Exit 0 when the client of this SSH session is in one of the networks given, else 3 and say why on stdout."""

import ipaddress
import os
import sys


def main(networks: list[str]) -> int:
    """Compare SSH_CONNECTION ("client port server port") with each network, as in 10.0.0.0/8 or 192.168.56.1."""
    client = ipaddress.ip_address(os.environ["SSH_CONNECTION"].split()[0].partition("%")[0])
    client = getattr(client, "ipv4_mapped", None) or client
    if any(client in ipaddress.ip_network(network, strict=False) for network in networks):
        return 0
    sys.stdout.write(f"base_ssh_from is {networks}, and this run comes from {client}; it must have that address")
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

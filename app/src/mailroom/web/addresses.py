"""From which address a request came."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

# Who can't be told apart is counted together.
_UNKNOWN = "unknown"
# What one customer of a provider is given at the least (RFC 6177): who has one address of it has all.
_PREFIX = 64


def trust_proxies(app: Flask, proxies: int) -> None:
    """Take the client's address from X-Forwarded-For: what the outermost of so many proxies wrote there, and no other.

    Where fewer addresses stand in it than there are proxies, nothing of it is believed.
    """
    if proxies:
        # Only the address: gunicorn has read the scheme already, and no other header of the kind is sent.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0)  # type: ignore[method-assign]


def address_in_hand() -> str:
    """Return by what the sender of the request in hand is counted: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return _UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _PREFIX), strict=False))

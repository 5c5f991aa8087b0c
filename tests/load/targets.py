"""Only lab addresses may be put under load, without an exception."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.load.errors import LoadError

LAB_NETWORKS = tuple(
    ipaddress.ip_network(network)
    # The last are the public addresses of the simulated EC2.
    for network in ("127.0.0.0/8", "::1/128", "10.20.0.0/16", "10.30.0.0/16", "192.168.56.0/24", "198.51.100.0/24")
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the load goes: `address` is connected to, `name` is what the certificate must prove."""

    address: str
    port: int
    name: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        return host if self.port == 443 else f"{host}:{self.port}"


def lab_target(url: str, address: str | None = None) -> Target:
    """Return where `url` points to, if that is in the lab.

    `address` is where to connect when the URL has a host name; names are not looked up, so that no resolver can send
    the load elsewhere. Raises LoadError when the URL is not https, or the address is missing or not in LAB_NETWORKS.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise LoadError(f"The URL is {url!r}; it must be https://<address>, as the load checks the certificate.")
    if parts.path not in {"", "/"} or parts.query or parts.username:
        raise LoadError(f"The URL is {url!r}; it must end after host and port, paths belong to the requests.")
    try:
        port = parts.port or 443
    except ValueError as error:
        raise LoadError(f"The URL is {url!r}: {error}.") from error
    wanted = address or parts.hostname
    try:
        ip = ipaddress.ip_address(wanted)
    except ValueError as error:
        raise LoadError(f"{wanted!r} is a name; give the lab address to connect to as well.") from error
    if not any(ip in network for network in LAB_NETWORKS):
        allowed = ", ".join(str(network) for network in LAB_NETWORKS)
        raise LoadError(f"{ip} is not a lab address; load may only be put on {allowed}.")
    return Target(address=str(ip), port=port, name=parts.hostname)

"""What a load is made of, checked before anything is sent."""

import math
import pickle
import ssl
from dataclasses import dataclass
from pathlib import Path

from tests.load.errors import LoadError
from tests.load.requests import Request
from tests.load.targets import Target, lab_target

MAX_RATE = 2000.0
MAX_SECONDS = 3600.0
MAX_CONNECTIONS = 512
MAX_TIMEOUT = 60.0
MAX_IDLE = 30.0  # seconds; nginx closes a connection that idles for longer (75 s, 65 s as Debian ships it)


@dataclass(frozen=True)
class LoadConfig:
    """A constant stream of requests to one lab address.

    url: https://host[:port]. ca: PEM file of the only authority that is trusted. rate: requests per second.
    seconds: the longest the load may run; it is a safety belt, usually the load is stopped before.
    connections: how many are kept alive; each takes its turn, so that all are in use. fresh: the share of requests that
    come on a new connection of their own (0 to 1). timeout: seconds from when a request is due to its whole answer.
    address: where to connect to when the URL has a host name.
    """

    url: str
    ca: Path
    rate: float
    seconds: float
    requests: tuple[Request, ...] = (Request("GET", "/health/ready"),)
    connections: int = 32
    fresh: float = 0.1
    timeout: float = 10.0
    address: str | None = None

    def __post_init__(self) -> None:
        """Refuse, with the reason, what is out of bounds or not in the lab."""
        _within("rate", self.rate, MAX_RATE, "requests per second")
        _within("seconds", self.seconds, MAX_SECONDS, "seconds")
        _within("connections", self.connections, MAX_CONNECTIONS, "connections")
        _within("timeout", self.timeout, MAX_TIMEOUT, "seconds")
        if not 0 <= self.fresh <= 1:
            raise LoadError(f"fresh is {self.fresh}; it must be a share from 0 to 1.")
        if self.kept and self.kept / (self.rate * (1 - self.fresh)) > MAX_IDLE:
            raise LoadError(
                f"{self.kept} connections at {self.rate:g} requests/s would each idle for more than {MAX_IDLE:g} s: a "
                "server may close them, which would be counted as a cut. Use fewer connections or a higher rate."
            )
        if not self.requests:
            raise LoadError("requests is empty; give at least one.")
        self.target()
        self.tls()
        try:
            pickle.dumps(self.requests)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise LoadError(f"A check can't travel to another process ({error}); use Contains or JsonHas.") from error

    def target(self) -> Target:
        """Return where the load goes."""
        return lab_target(self.url, self.address)

    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts `ca` alone and checks the name or address in the certificate."""
        try:
            context = ssl.create_default_context(cafile=str(self.ca))
        except (OSError, ssl.SSLError) as error:
            raise LoadError(f"The authority's file {self.ca} can't be used: {error}.") from error
        if not context.cert_store_stats()["x509"]:
            raise LoadError(f"The file {self.ca} holds no certificate to trust.")
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    @property
    def kept(self) -> int:
        """How many connections are kept alive: none when all requests are to come on fresh ones."""
        return self.connections if self.fresh < 1 else 0

    @property
    def due(self) -> int:
        """How many requests come due if the load runs to its limit."""
        return math.ceil(self.rate * self.seconds)

    @property
    def queue(self) -> int:
        """How many requests may wait for a connection; a longer queue holds only what times out anyway."""
        return math.ceil(self.rate * self.timeout)


def _within(name: str, value: float, most: float, unit: str) -> None:
    if not 0 < value <= most:
        raise LoadError(f"{name} is {value}; it must be more than 0 and at most {most:g} {unit}.")

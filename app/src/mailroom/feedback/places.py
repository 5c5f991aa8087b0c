"""Which addresses a delivery may send us to: SNS's own, in the region of the topic, and no other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HTTPS_PORT = 443
# One expression reads what is checked and what is visited: two readers of a URL never disagree here.
_URL = re.compile(r"https://(?P<host>[a-z0-9.-]+)(?::(?P<port>[1-9]\d{0,4}))?(?P<target>/[!-~]*)")
_OF_SNS = re.compile(r"sns\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/[A-Za-z0-9._/-]+\.pem")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go by https: `target` is the path with its query."""

    host: str
    port: int
    target: str


class Places:
    """Knows SNS's own addresses. `simulated` is the `host` or `host:port` of a simulated SNS, where there is one."""

    def __init__(self, simulated: str | None = None) -> None:
        self._simulated = simulated if simulated is None or ":" in simulated else f"{simulated}:{_HTTPS_PORT}"

    def of_certificate(self, url: str, topic: str) -> Place | None:
        """Return where a certificate lies that signs for a topic; None where the URL is none of SNS."""
        place = self.of_sns(url, topic)
        return place if place is not None and _CERTIFICATE.fullmatch(place.target) else None

    def of_sns(self, url: str, topic: str) -> Place | None:
        """Return the place that a URL means; None where it isn't SNS's, in the region of the topic."""
        match = _URL.fullmatch(url)
        if match is None:
            return None
        place = Place(match["host"], int(match["port"] or _HTTPS_PORT), match["target"])
        if f"{place.host}:{place.port}" == self._simulated:
            return place
        of_sns = _OF_SNS.fullmatch(place.host)
        genuine = of_sns is not None and of_sns["region"] == region_of(topic) and place.port == _HTTPS_PORT
        return place if genuine else None


def region_of(topic: str) -> str:
    """Return the region that the ARN of a topic names."""
    return topic.split(":")[3]

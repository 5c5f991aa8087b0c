"""The certificates that SNS signs with: fetched from SNS, checked, and kept for a day."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mailroom.errors import NoticeRefused, NotYet
from mailroom.feedback.fetching import Fetch, NotThere, Unreachable
from mailroom.feedback.places import Place

_KEPT = 8
_KEPT_SECONDS = 24 * 3600
# SNS changes its certificate about once a year. Who knows a topic's name could make us fetch without end.
_FETCHES = 10
_FETCHES_SECONDS = 60.0
_SHORTEST_KEY = 2048


class Certificates:
    """Finds the key of a certificate of SNS.

    The file holds no chain. That it is SNS's own is known by where it was fetched, over TLS with a checked name, and
    by its subject, as AWS's own libraries do it. Who needs one that is being fetched waits `wait` seconds at most.
    """

    def __init__(
        self,
        fetch: Fetch,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        wait: float = 8.0,
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._monotonic = monotonic
        self._wait = wait
        self._lock = threading.Lock()
        self._kept: OrderedDict[Place, tuple[float, x509.Certificate]] = OrderedDict()
        self._fetches: deque[float] = deque(maxlen=_FETCHES)

    def key(self, place: Place, region: str) -> RSAPublicKey:
        """Return the key of the certificate there, for SNS of a region. Raises NoticeRefused, NotYet."""
        certificate = self._certificate(place)
        if not certificate.not_valid_before_utc <= self._now() <= certificate.not_valid_after_utc:
            raise NoticeRefused("The signing certificate isn't valid now.")
        names = {name.value for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)}
        if not names or not names <= _names(region):
            raise NoticeRefused("The signing certificate isn't one of SNS.")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < _SHORTEST_KEY:
            raise NoticeRefused(f"The signing certificate has no RSA key of {_SHORTEST_KEY} bits.")
        return key

    def _certificate(self, place: Place) -> x509.Certificate:
        if (kept := self._fresh(place)) is not None:
            return kept
        # One fetch at a time: the first of many notices brings it for all of them.
        if not self._lock.acquire(timeout=self._wait):
            raise NotYet("The signing certificate is still being fetched.")
        try:
            return self._fresh(place) or self._fetched(place)
        except NotYet:
            # One that was good yesterday is better than none: its own dates are looked at each time.
            if place in self._kept:
                return self._kept[place][1]
            raise
        finally:
            self._lock.release()

    def _fresh(self, place: Place) -> x509.Certificate | None:
        kept = self._kept.get(place)
        return kept[1] if kept is not None and self._monotonic() - kept[0] < _KEPT_SECONDS else None

    def _fetched(self, place: Place) -> x509.Certificate:
        now = self._monotonic()
        if len(self._fetches) == _FETCHES and now - self._fetches[0] < _FETCHES_SECONDS:
            raise NotYet("Too many signing certificates were fetched of late.")
        self._fetches.append(now)
        try:
            certificate = x509.load_pem_x509_certificate(self._fetch.get(place))
        except Unreachable as error:
            raise NotYet(f"The signing certificate can't be fetched: {error}.") from error
        except NotThere as error:
            raise NoticeRefused(f"The signing certificate isn't there: {error}.") from error
        except ValueError as error:
            raise NoticeRefused("What lies at SigningCertURL is no certificate.") from error
        self._kept[place] = (now, certificate)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return certificate


def _names(region: str) -> set[str | bytes]:
    """Return the subjects of SNS's certificates in a region, as AWS's library for Java 2 (`SnsHostProvider`) has them.

    Most regions share one; those that an account must opt into, China's and the government's have their own.
    """
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    names: set[str | bytes] = {f"sns.{suffix}", f"sns-signing.{region}.{suffix}", f"sns-{region}.{suffix}"}
    if region.startswith("us-gov-"):
        names.add("sns-us-gov-west-1.amazonaws.com")
    return names

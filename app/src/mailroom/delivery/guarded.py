"""A transport that is watched: what it answers moves breaker and bucket, and is counted."""

from __future__ import annotations

import time
from collections.abc import Callable

from mailroom.delivery.allowance import Allowance
from mailroom.delivery.breaker import Breaker
from mailroom.delivery.transport import OutOfService, QuotaUsedUp, Refused, Throttled, Transport, Unavailable
from mailroom.messages.entities import Message

# An outcome (sent, refused, throttled, unavailable, error) and its seconds.
Observe = Callable[[str, float], None]


class GuardedTransport:
    """Sends through another transport. What isn't the message's own misfortune is raised as OutOfService."""

    def __init__(
        self,
        inner: Transport,
        breaker: Breaker,
        allowance: Allowance,
        observe: Observe,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._breaker = breaker
        self._allowance = allowance
        self._observe = observe
        self._clock = clock

    def send(self, message: Message) -> str:
        """Hand the message over. Raises Refused, Unavailable; OutOfService where the attempt shall not count."""
        began = self._clock()
        outcome = "error"
        try:
            answer = self._inner.send(message)
            outcome = "sent"
        except Refused:
            outcome = "refused"
            raise
        except QuotaUsedUp as error:
            outcome = "throttled"
            raise OutOfService(error.code, error.reason, self._allowance.used_up()) from error
        except Throttled:
            outcome = "throttled"
            self._allowance.bucket.throttled(began)
            raise
        except Unavailable as error:
            outcome = "unavailable"
            wait = self._breaker.failed(began)
            if wait is not None:
                raise OutOfService(error.code, error.reason, wait) from error
            raise
        finally:
            self._observe(outcome, self._clock() - began)
            self._answered(outcome, began)
        return answer

    def close(self) -> None:
        """End the connections that are kept."""
        self._inner.close()

    def _answered(self, outcome: str, began: float) -> None:
        # A transport that throttles or refuses is there.
        if outcome in {"sent", "refused", "throttled"}:
            self._breaker.answered(began)
        if outcome in {"sent", "refused"}:
            self._allowance.bucket.answered(began)

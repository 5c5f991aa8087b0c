"""Rate limits of requests, and telling of them."""

from __future__ import annotations

from flask import Flask, Response, g

from mailroom.access.caller import Caller
from mailroom.ratelimits.entities import Limit, Standing
from mailroom.ratelimits.service import Limiter
from mailroom.web.addresses import address_in_hand

LIMIT_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "Retry-After")


class RequestLimits:
    """Counts the request in hand; each of these raises LimitExceeded for one too many."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def hit(self, limit: Limit, *who: str) -> None:
        """Count it for somebody more, such as whom its body names: `hit(Limit.LOGIN, "account", name)`."""
        self._note(self._limiter.count(limit, *who))

    def from_anyone(self, limit: Limit) -> None:
        """Count it for its address: nobody knows who sends it."""
        self.hit(limit, "address", address_in_hand())

    def before_authentication(self) -> None:
        """Refuse it when its address failed too often."""
        self._note(self._limiter.failing(address_in_hand()))

    def not_authenticated(self) -> None:
        """Count it as a failure of its address."""
        self._note(self._limiter.count_failure(address_in_hand()))

    def from_caller(self, limit: Limit, caller: Caller) -> None:
        """Count it for the caller, unless its address failed too often."""
        self._note(self._limiter.count_known(limit, caller.reference, address_in_hand()))

    @staticmethod
    def _note(standing: Standing | None) -> None:
        if standing is None:
            return
        # How often others named the same account is nobody's business until that is what refuses the request.
        if "standing" not in g or not standing.let_in:
            g.standing = standing
        standing.must_be_let_in()


def tell_of_limits(app: Flask) -> None:
    """Tell with every answer to a counted request how its sender stands.

    Limit, Remaining and Reset are those of draft-ietf-httpapi-ratelimit-headers up to its version 06, which clients
    read today; Policy has the form of version 11, which has the name and the window that those three lack.
    """

    @app.after_request
    def tell(response: Response) -> Response:
        standing: Standing | None = g.get("standing")
        if standing is not None:
            rate = standing.rate
            response.headers["RateLimit-Limit"] = str(rate.amount)
            response.headers["RateLimit-Remaining"] = str(standing.remaining)
            response.headers["RateLimit-Reset"] = str(standing.reset)
            response.headers["RateLimit-Policy"] = f'"{standing.limit}";q={rate.amount};w={rate.seconds}'
        return response

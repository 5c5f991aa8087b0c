"""Counting who asks, and refusing who asks too often."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailroom.ratelimits.entities import Counter, Limit, Question, Rate, Standing
from mailroom.ratelimits.failing import FailingAddresses


class Limiter:
    """The configured limits. A limit without a rate is off: nothing is counted under it.

    `on_refused` is told the limit of everyone who is refused.
    """

    def __init__(
        self, rates: Mapping[Limit, Rate | None], counter: Counter, on_refused: Callable[[Limit], None]
    ) -> None:
        self._rates = rates
        self._counter = counter
        self._on_refused = on_refused
        self._failing = FailingAddresses()

    def hit(self, limit: Limit, *who: str) -> Standing | None:
        """Count one request of somebody, `hit(Limit.LOGIN, "account", name)`; None where the limit is off.

        Raises LimitExceeded.
        """
        standing = self.count(limit, *who)
        if standing is not None:
            standing.must_be_let_in()
        return standing

    def count(self, limit: Limit, *who: str) -> Standing | None:
        """Do the same and raise nothing: the standing says whether they are let in."""
        question = self._question(limit, who)
        return self._judged(*self._counter.count([question])) if question else None

    def count_known(self, limit: Limit, caller: str, address: str) -> Standing | None:
        """Count one request of a known caller, in the same step as it is seen that its address isn't failing.

        Who guesses must not learn from a good answer that a guess was right.
        """
        guess = self._question(Limit.FAILURES, ("address", address), takes=False)
        question = self._question(limit, (caller,))
        asked = [one for one in (guess, question) if one]
        found = self._counter.count(asked) if asked else []
        if guess and not found[0].let_in:
            self._failing.note(address, found[0])
            return self._judged(found[0])
        return self._judged(found[-1]) if question else None

    def count_failure(self, address: str) -> Standing | None:
        """Count one failed authentication. Who fails too often isn't let in, whatever they bring next."""
        question = self._question(Limit.FAILURES, ("address", address))
        if question is None:
            return None
        (standing,) = self._counter.count([question])
        if not standing.remaining:
            self._failing.note(address, standing)
        return self._judged(standing)

    def failing(self, address: str) -> Standing | None:
        """Return how an address stands that this process saw fail too often, else None. Asks nobody."""
        standing = self._failing.standing(address)
        return self._judged(standing) if standing else None

    def _question(self, limit: Limit, who: tuple[str, ...], *, takes: bool = True) -> Question | None:
        rate = self._rates.get(limit)
        return Question(limit, rate, who, takes) if rate else None

    def _judged(self, standing: Standing) -> Standing:
        if not standing.let_in:
            self._on_refused(standing.limit)
        return standing

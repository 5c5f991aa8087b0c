"""How often somebody may ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailroom.ratelimits.entities import Limit, Rate
from mailroom.settings import SettingsReader

# Reads and writes: more than one app host answers, so that no caller of a service that is well ever meets them; who
# knows their callers sets less. Failures: keys can't be guessed at any rate, so this only has to spare PostgreSQL, and
# must leave those in peace who share an address with a client that has a wrong key. Login: what a person needs.
_DEFAULTS = {
    Limit.READS: "300000/minute",
    Limit.WRITES: "120000/minute",
    Limit.LOGIN: "20/minute",
    Limit.FAILURES: "600/minute",
}


def _default_rates() -> dict[Limit, Rate | None]:
    return {limit: Rate.parse(text) for limit, text in _DEFAULTS.items()}


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The rate of each limit, None where it is off, and how many web processes share it while Redis is away.

    `patience` (seconds) is how long a request in hand waits for Redis: no longer than it takes itself.
    """

    rates: dict[Limit, Rate | None] = field(default_factory=_default_rates)
    processes: int = 2
    patience: float = 0.05


def read_limits(reader: SettingsReader) -> LimitSettings:
    """Read the limits."""
    return LimitSettings(
        rates={limit: _rate(reader, limit) for limit in Limit},
        processes=reader.integer("MAILROOM_WEB_PROCESSES", 1, 1024, default=2),
    )


def _rate(reader: SettingsReader, limit: Limit) -> Rate | None:
    name = f"MAILROOM_LIMIT_{limit.name}"
    text = reader.text(name, default=_DEFAULTS[limit])
    try:
        return Rate.parse(text)
    except ValueError as error:
        reader.complain(f"{name} is {text!r}: {error}")
        return None

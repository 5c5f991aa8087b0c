"""How long the phases of a release took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def durations(began: Mapping[str, float], now: float) -> dict[str, float]:
    """Return how long each phase took, in seconds, from when each began (in order) and from when the last ended."""
    ends = [*list(began.values())[1:], now]
    return {phase: round(end - start, 3) for (phase, start), end in zip(began.items(), ends, strict=True)}


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, Any]:  # noqa: D102
        return {"durations": durations}

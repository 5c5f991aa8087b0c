"""Reading and changing the suppression list."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from mailroom.access.caller import Caller
from mailroom.errors import NotFound
from mailroom.suppressions.entities import Reason, Suppressed, Suppression, Wanted

logger = logging.getLogger(__name__)


class Suppressions(Protocol):
    """Where the list is kept."""

    def suppress(self, suppressed: Suppressed) -> bool:
        """Put an address on the list, or give it a graver reason. Returns whether anything changed."""

    def get(self, suppression_id: int) -> Suppression | None:
        """Return the entry, or None."""

    def remove(self, suppression_id: int) -> Suppression | None:
        """Take an entry from the list and return it; None where there is none."""

    def page(self, wanted: Wanted) -> list[Suppression]:
        """Return entries, newest first."""


class SuppressionWork(Protocol):
    """One transaction over the list."""

    @property
    def suppressions(self) -> Suppressions:
        """The list, inside this transaction."""


class SuppressionService:
    """Reads and changes the list. `unit_of_work` opens one transaction each time it is called."""

    def __init__(
        self,
        unit_of_work: Callable[[], AbstractContextManager[SuppressionWork]],
        on_suppressed: Callable[[Reason], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._on_suppressed = on_suppressed

    def page(self, wanted: Wanted) -> list[Suppression]:
        """Return entries, newest first. Raises StorageUnavailable."""
        with self._unit_of_work() as work:
            return work.suppressions.page(wanted)

    def show(self, suppression_id: int) -> Suppression:
        """Return the entry. Raises NotFound, StorageUnavailable."""
        with self._unit_of_work() as work:
            found = work.suppressions.get(suppression_id)
        if found is None:
            raise NotFound("suppression")
        return found

    def add(self, address: str, detail: str | None, caller: Caller) -> tuple[Suppression, bool]:
        """Put an address on the list by hand. Returns its entry, and whether it is new: an older one stands as it is.

        Raises StorageUnavailable.
        """
        address = address.lower()
        with self._unit_of_work() as work:
            added = work.suppressions.suppress(Suppressed(address, Reason.MANUAL, detail))
            # It was just put there, or is kept from others until here, because it was in the way.
            (entry,) = work.suppressions.page(Wanted(1, address=address))
        if added:
            self._on_suppressed(Reason.MANUAL)
            logger.info("an address was suppressed", extra={"suppression": entry.id, "caller": caller.reference})
        return entry, added

    def remove(self, suppression_id: int, caller: Caller) -> None:
        """Take an entry from the list, whatever its reason. Raises NotFound, StorageUnavailable."""
        with self._unit_of_work() as work:
            removed = work.suppressions.remove(suppression_id)
        if removed is None:
            raise NotFound("suppression")
        found = {"suppression": removed.id, "reason": removed.reason.value, "caller": caller.reference}
        logger.info("an address may get mail again", extra=found)

"""The keys of an outside issuer, kept for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from mailroom.errors import IssuerUnavailable, NotAuthenticated

logger = logging.getLogger(__name__)

K = TypeVar("K")

# For so long keys are used without asking again: a key that the issuer took back is refused after that.
_FRESH_SECONDS = 600
# While the issuer is away, its last keys go on for so long.
_USABLE_SECONDS = 4 * 3600
# A key that isn't known may be new, or made up: the issuer is asked no more often than this.
_PAUSE_SECONDS = 30
_PAUSE_AFTER_FAILURE_SECONDS = 10
# One thread asks the issuer. Another that can't go on without waits so long, for it has other callers to serve.
_PATIENCE_SECONDS = 1.0


class IssuerKeys(Generic[K]):
    """Keys by their id. `fetch` asks the issuer for all of them and raises IssuerUnavailable.

    PyJWT's own client holds a lock while it waits for the issuer, asks again at every request while the issuer is
    away, and forgets the keys it had: a slow issuer would take all threads of the process. This one doesn't.
    """

    def __init__(self, fetch: Callable[[], Mapping[str, K]], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, K] = {}
        self._read_at = float("-inf")
        self._asked_at = float("-inf")
        self._failed = False
        self._asking = threading.Lock()

    def key(self, key_id: str) -> K:
        """Return the key of that id. Raises NotAuthenticated where there is none, IssuerUnavailable."""
        found = self._usable(key_id)
        if found is not None and self._clock() - self._read_at < _FRESH_SECONDS:
            return found
        certain = self._ask_again(patience=0 if found is not None else _PATIENCE_SECONDS)
        found = self._usable(key_id)
        if found is not None:
            return found
        if not certain:
            raise IssuerUnavailable("the keys of the outside issuer can't be read")
        raise NotAuthenticated("The access token is signed with a key that its issuer doesn't have.")

    def _usable(self, key_id: str) -> K | None:
        return self._keys.get(key_id) if self._clock() - self._read_at < _USABLE_SECONDS else None

    def _ask_again(self, patience: float) -> bool:
        """Ask the issuer unless that was done just now. Returns whether the keys are what it said last."""
        if not self._asking.acquire(timeout=patience):
            return False
        try:
            pause = _PAUSE_AFTER_FAILURE_SECONDS if self._failed else _PAUSE_SECONDS
            if self._clock() - self._asked_at >= pause:
                self._ask()
            return not self._failed
        finally:
            self._asking.release()

    def _ask(self) -> None:
        self._failed = True
        try:
            self._keys = self._fetch()
            self._read_at = self._clock()
            self._failed = False
        except IssuerUnavailable as error:
            logger.warning("the keys of the outside issuer can't be read", extra={"error": str(error)})
        finally:
            self._asked_at = self._clock()

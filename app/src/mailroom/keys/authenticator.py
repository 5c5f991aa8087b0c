"""API keys as credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from cachetools import TTLCache

from mailroom.access.caller import Caller, CallerKind
from mailroom.keys.entities import hash_key
from mailroom.keys.service import KeyService

# How the three parts of a signed token begin (RFC 7519): no key looks like it, since none that is made here has dots.
_TOKEN = "eyJ"  # noqa: S105 - the beginning of any token
_REMEMBERED_MOST = 1024


class KeyAuthenticator:
    """Knows services by their key.

    One that was let in is known without asking again for `remembered` seconds, by the hash of its key: for as long, a
    key that is revoked or expires meanwhile still opens the processes that have just seen it.
    """

    def __init__(
        self, service: KeyService, remembered: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._known: TTLCache[bytes, Caller] = TTLCache(_REMEMBERED_MOST, remembered, clock)
        self._lock = Lock()

    def takes(self, credential: str) -> bool:
        """Tell whether the credential can be a key: all that is no signed token."""
        return not (credential.startswith(_TOKEN) and credential.count(".") == 2)  # noqa: PLR2004 - its three parts

    def recognise(self, credential: str) -> Caller:
        """Return who holds the key. Raises NotAuthenticated, StorageUnavailable."""
        hashed = hash_key(credential)
        with self._lock:
            caller = self._known.get(hashed)
        if caller is None:
            key = self._service.recognise(credential)
            caller = Caller(CallerKind.KEY, str(key.id), key.name, key.scopes)
            with self._lock:
                self._known[hashed] = caller
        return caller

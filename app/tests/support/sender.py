"""Clients that post messages whatever happens, and note what each was answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from uuid import UUID

from support.web import Web

_PAUSE = 0.05
_PATIENCE = 120.0


@dataclass
class Sender:
    """Posts messages, each under a key of its own and again until it is accepted.

    Attributes:
        accepted: the ids of messages by their numbers.
        refused: when (seconds of the monotonic clock) something else than 202 was answered, and what.

    """

    web: Web
    authorization: Mapping[str, str]
    accepted: dict[int, UUID] = field(default_factory=dict)
    refused: list[tuple[float, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, numbers: Iterable[int], clients: int) -> None:
        """Post messages with these numbers as subjects, from so many clients at once, until all are accepted."""
        with ThreadPoolExecutor(clients) as threads:
            list(threads.map(self._post, numbers))

    def _post(self, number: int) -> None:
        headers = {**self.authorization, "Idempotency-Key": f"number-{number}"}
        body = {"to": f"ann{number}@example.com", "subject": f"{number}", "text": "Good day."}
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                status, _, answer = self.web.ask("POST", "/api/v1/messages", body, headers)
            except (OSError, HTTPException, ValueError) as error:
                status, answer = 0, {"detail": repr(error)}
            with self._lock:
                if status == HTTPStatus.ACCEPTED:
                    self.accepted[number] = UUID(answer["id"])
                    return
                self.refused.append((time.monotonic(), f"{status} {answer.get('detail')}"))
            time.sleep(_PAUSE)
        raise TimeoutError(f"message {number} wasn't accepted in {_PATIENCE:.0f} s")

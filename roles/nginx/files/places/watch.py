"""Looks at one app host of one site, again and again, and says what it found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .asking import Question, ask

Heard = Callable[[str, str, str], None]


class Watch(threading.Thread):
    """Its own thread, so that a host that hangs keeps no other from being asked."""

    def __init__(self, site: str, address: str, question: Question, interval: float, heard: Heard) -> None:
        """Look at an address every so many seconds.

        Args:
            site: the site's name.
            address: the host's.
            question: what it is asked.
            interval: seconds from one look's beginning to the next.
            heard: what is called with site, address and why it isn't ready, after each look.
        """
        super().__init__(name=f"{site}@{address}", daemon=True)
        self.question = question
        self.interval = interval
        self._site, self._address, self._heard = site, address, heard
        self._over = threading.Event()

    def run(self) -> None:
        """Look until it is told to stop."""
        while not self._over.is_set():
            begun = time.monotonic()
            why = ask(self._address, self.question)
            if not self._over.is_set():
                self._heard(self._site, self._address, why)
            self._over.wait(max(0.0, begun + self.interval - time.monotonic()))

    def stop(self) -> None:
        """Say nothing more; a look under way ends by itself."""
        self._over.set()

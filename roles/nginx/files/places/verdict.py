"""Whether an app host is ready, by what it answered several times in a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Verdict:
    """What is held of a host until it has shown otherwise.

    Attributes:
        ready: whether it gets requests.
        against: how many looks in a row said otherwise.
        why: what the last of these found.
    """

    ready: bool
    against: int = 0
    why: str = ""

    def hear(self, why: str, misses: int, answers: int) -> bool:
        """Take what a look found; return whether the verdict changed by it.

        Args:
            why: why the host isn't ready; empty if it is.
            misses: after how many misses it isn't.
            answers: after how many good answers it is again.
        """
        self.why = why
        well = not why
        if well == self.ready:
            self.against = 0
            return False
        self.against += 1
        if self.against < (answers if well else misses):
            return False
        self.ready, self.against = well, 0
        return True

"""Somebody who logs in again and again while a test does something else, and uses every token that they have."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from tests.fleet import Fleet
from tools.site import Answer, Client

EVERY = 4.0  # seconds between two logins; an account may log in 20 times in a minute
PAUSE = 0.2  # seconds between two requests
USED = 480  # seconds; a token lives 600


def key_of(token: str) -> str:
    """Return the name of the key that signed a token."""
    head = token.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


@dataclass
class Person:
    """Somebody with an account.

    Attributes:
        fleet: where.
        login: what a login asks with.
        tokens: the access tokens, oldest first.
        made: when each was asked for, by the monotonic clock.
        asked: how many requests were made.
        refused: the statuses of those that were not let in, with the key of their token.
    """

    fleet: Fleet
    login: dict[str, str]
    tokens: list[str] = field(default_factory=list)
    made: list[float] = field(default_factory=list)
    asked: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def with_an_account(cls, fleet: Fleet) -> Person:
        """Make an account; return who has it."""
        login = {"grant": "password", "email": f"{uuid.uuid4().hex}@example.org", "password": uuid.uuid4().hex}
        command = f"mailroom-run mailroom users create {login['email']} --role viewer --name Ann"
        fleet.run(fleet.of_group("app")[0], f"printf %s {login['password']} | {command}")
        return cls(fleet, login)

    def signed_by(self) -> set[str]:
        """Return the names of the keys that signed their tokens."""
        return {key_of(token) for token in self.tokens}

    def log_in(self) -> str:
        """Log in; keep the token and return it."""
        now = time.monotonic()
        answer = Client(self.fleet.url, self.fleet.certificate).ask("/api/v1/auth/token", self.login)
        assert answer.status == 200, answer.status
        self.made.append(now)
        self.tokens.append(str(answer.body["access_token"]))
        return self.tokens[-1]

    def use(self, token: str) -> Answer:
        """Ask who one is; return the answer."""
        self.asked += 1
        return Client(self.fleet.url, self.fleet.certificate, token).ask("/api/v1/auth/me")

    def _use_all(self, stop: threading.Event) -> None:
        for number in cycle(range(10_000)):
            if stop.wait(PAUSE):
                return
            due = time.monotonic() - USED
            alive = [token for token, made in zip(self.tokens, self.made, strict=False) if made > due]
            token = alive[number % len(alive)]
            if (status := self.use(token).status) != 200:
                self.refused.append((status, key_of(token)))

    def _log_in_often(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY):
            self.log_in()

    @contextmanager
    def at_it(self) -> Iterator[None]:
        """Do both as long as the block lasts; a login that fails fails the block."""
        self.log_in()
        stop, broken = threading.Event(), []

        def run(work: Callable[[threading.Event], None]) -> None:
            try:
                work(stop)
            except Exception as error:  # noqa: BLE001 - told below, by the test's own thread
                broken.append(error)

        threads = [threading.Thread(target=run, args=(work,)) for work in (self._use_all, self._log_in_often)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert broken == []

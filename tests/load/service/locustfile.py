"""The users that Locust makes: each asks again as soon as it is answered, so that throughput is what the service can.

LOAD_ABOUT names a JSON file: `ca` and `key`, files of the authority and of the API key, and `ids` of messages.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import gevent.ssl
from locust import FastHttpUser, constant, task

ABOUT = json.loads(Path(os.environ["LOAD_ABOUT"]).read_text(encoding="utf-8"))
KEY = Path(ABOUT["key"]).read_text(encoding="utf-8").strip()
STATES = ("scheduled", "sent")


def trusting_the_lab(**_: object) -> Any:  # noqa: ANN401 - gevent's contexts have no types
    """Return a context that checks the site's certificate against the lab's authority."""
    return gevent.ssl.create_default_context(cafile=ABOUT["ca"])


class Caller(FastHttpUser):
    """Somebody who has the API key, and never waits."""

    abstract = True
    wait_time = constant(0)
    insecure = False
    ssl_context_factory = staticmethod(trusting_the_lab)
    default_headers = {"Authorization": f"Bearer {KEY}"}  # noqa: RUF012 - Locust has it so

    def get(self, path: str, name: str) -> None:
        """Ask for something; Locust counts every answer but 2xx as failed."""
        self.client.get(path, name=name)


class Reader(Caller):
    """The mixed scenario: six of ten look at a message, three at a list, one at statistics."""

    @task(6)
    def look_at_one(self) -> None:
        """Read a message with its history."""
        self.get(f"/api/v1/messages/{random.choice(ABOUT['ids'])}", "GET message")  # noqa: S311 - which one is no secret

    @task(3)
    def look_at_some(self) -> None:
        """Read the newest messages of a state."""
        self.get(f"/api/v1/messages?limit=20&state={random.choice(STATES)}", "GET messages")  # noqa: S311 - as above

    @task(1)
    def look_at_days(self) -> None:
        """Read the counts of each of the last thirty days."""
        self.get("/api/v1/statistics/days", "GET statistics")


class Looker(Caller):
    """Reads one message after another: what the bare handler does too."""

    @task
    def look_at_one(self) -> None:
        """Read a message with its history."""
        self.get(f"/api/v1/messages/{random.choice(ABOUT['ids'])}", "GET message")  # noqa: S311 - as above


class Bare(Caller):
    """Reads messages from the handler that Mailroom is compared to."""

    @task
    def look_at_one(self) -> None:
        """Read a message."""
        self.get(f"/bare/{random.choice(ABOUT['ids'])}", "GET bare")  # noqa: S311 - as above


class Sender(Caller):
    """Has messages sent, in a month, so that no worker is at work meanwhile."""

    @task
    def send(self) -> None:
        """Have a message accepted."""
        mail = {
            "to": "load@example.org",
            "subject": f"{random.random()}",  # noqa: S311 - as above
            "text": "Some text.",
            "send_at": ABOUT["later"],
            "allow_repeat": True,
        }
        self.client.post("/api/v1/messages", json=mail, name="POST message")

"""What clients ask of the site while a fault is there. What they are answered doesn't matter: an alert has to tell."""

from __future__ import annotations

import contextlib
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.faults.fault import Place
from tools.site import SiteError

AT_ONCE = 24
# The alert wants that somebody waits at each of some reads, so that no pause may be among them.
CROWD, CROWD_SECONDS = 24, 150.0


def ask(place: Place, path: str, body: object = None) -> None:
    """Ask once; an error is an answer too."""
    with contextlib.suppress(SiteError):
        place.client().ask(path, body)


def read_messages(place: Place) -> None:
    """Ask for the list of messages, by several clients at once."""
    with ThreadPoolExecutor(AT_ONCE) as beside:
        list(beside.map(lambda _: ask(place, "/api/v1/messages?limit=1"), range(AT_ONCE)))


def read_a_message_among_lists(place: Place) -> None:
    """Ask for the history of one message among lists."""
    read_messages(place)
    with contextlib.suppress(SiteError):
        newest = place.client().ask("/api/v1/messages?limit=1").body
        ask(place, f"/api/v1/messages/{newest['messages'][0]['id']}")


def post_messages(place: Place) -> None:
    """Post some messages."""
    for _ in range(4):
        ask(place, "/api/v1/messages", {"to": "fault@example.org", "subject": str(uuid.uuid4()), "text": "A fault."})


def crowd(place: Place) -> None:
    """Ask for the list of messages without a pause, by many clients, for some minutes."""
    until = time.monotonic() + CROWD_SECONDS

    def go_on(_: int) -> None:
        while time.monotonic() < until:
            ask(place, "/api/v1/messages?limit=1")

    with ThreadPoolExecutor(CROWD) as beside:
        list(beside.map(go_on, range(CROWD)))

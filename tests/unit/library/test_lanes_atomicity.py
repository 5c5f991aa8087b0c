"""Whoever looks at a lane while lanes move sees one slot or the other, never nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import lane_moves
from ansible.module_utils.slots import Application

from tests.unit.library.sockets import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.library.conftest import Places

FLIPS = 200
SLOTS = ("blue", "green")


class Reader(threading.Thread):
    """Looks at all lanes again and again, until it is told to stop."""

    def __init__(self, look: Callable[[int], object]) -> None:
        """Call ``look`` with each lane's number in turn."""
        super().__init__()
        self.look = look
        self.enough = threading.Event()
        self.seen: set[object] = set()
        self.looks = 0
        self.trouble: list[OSError] = []

    def run(self) -> None:
        """Look."""
        while not self.enough.is_set():
            for number in range(20):
                try:
                    self.seen.add(self.look(number))
                except OSError as error:
                    self.trouble.append(error)
                self.looks += 1


@pytest.fixture
def flipped(places: Places) -> Iterator[Callable[[Callable[[int], object]], Reader]]:
    """Flip all lanes 200 times while a reader looks; return the reader."""
    app = Application.named("mailroom", str(places.root), str(places.runtime))
    lane_moves.move(app, [None] * 20, ["blue"] * 20)
    readers: list[Reader] = []

    def flip(look: Callable[[int], object]) -> Reader:
        reader = Reader(look)
        readers.append(reader)
        reader.start()
        for number in range(FLIPS):
            lane_moves.move(app, [SLOTS[number % 2]] * 20, [SLOTS[1 - number % 2]] * 20)
        while reader.looks < FLIPS:
            pass
        reader.enough.set()
        reader.join()
        return reader

    yield flip
    for reader in readers:
        reader.enough.set()
        reader.join()


def test_a_lane_always_points_somewhere(places: Places, flipped: Callable[[Callable[[int], object]], Reader]) -> None:
    reader = flipped(lambda number: str(places.lane(number).readlink()))

    assert reader.trouble == []
    assert reader.seen == {str(places.socket(slot)) for slot in SLOTS}


@pytest.mark.usefixtures("listeners")
def test_every_connection_through_a_lane_reaches_a_slot(
    places: Places, flipped: Callable[[Callable[[int], object]], Reader]
) -> None:
    reader = flipped(lambda number: ask(places.lane(number)))

    assert reader.trouble == []
    assert reader.seen == {b"blue", b"green"}

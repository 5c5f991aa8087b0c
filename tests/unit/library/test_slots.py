"""Slots and lanes are read from the host itself: links, and the kernel's table of sockets."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import slots
from ansible.module_utils.slots import Application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.library.conftest import Places

TABLE = Path("/proc/net/unix")


@pytest.fixture
def app(places: Places) -> Application:
    return Application.named("mailroom", str(places.root), str(places.runtime))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opened."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def listening(places: Places, stack: ExitStack) -> socket.socket:
    """The socket of the blue slot, where nobody accepts unless the test does."""
    made = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    made.bind(str(places.socket("blue")))
    made.listen(16)
    return made


def connected(path: Path, stack: ExitStack) -> socket.socket:
    """Connect to a slot."""
    client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    client.connect(str(path))
    return client


def in_flight(places: Places, slot: str = "blue") -> int:
    """Count with the kernel's own table."""
    return int(slots.requests_in_flight(places.socket(slot), TABLE.read_text(encoding="utf-8")))


@pytest.mark.usefixtures("listening")
def test_a_socket_that_only_listens_has_no_request_in_flight(places: Places) -> None:
    assert in_flight(places) == 0


def test_a_slot_without_a_socket_has_no_request_in_flight(places: Places) -> None:
    assert in_flight(places) == 0


@pytest.mark.usefixtures("listening")
def test_a_connection_that_nobody_accepted_yet_is_in_flight(places: Places, stack: ExitStack) -> None:
    connected(places.socket("blue"), stack)
    connected(places.socket("blue"), stack)

    assert in_flight(places) == 2


def test_an_accepted_connection_is_in_flight_until_the_server_closes_it(
    places: Places, listening: socket.socket, stack: ExitStack
) -> None:
    client = connected(places.socket("blue"), stack)
    server, _ = listening.accept()
    assert in_flight(places) == 1

    client.close()
    assert in_flight(places) == 1

    server.close()
    assert in_flight(places) == 0


@pytest.mark.usefixtures("listening")
def test_the_other_slots_requests_are_not_counted(places: Places, stack: ExitStack) -> None:
    connected(places.socket("blue"), stack)

    assert in_flight(places, "green") == 0


def test_a_connection_through_a_lane_counts_for_the_slot(
    places: Places, listening: socket.socket, stack: ExitStack
) -> None:
    places.lane(0).symlink_to(places.socket("blue"))
    connected(places.lane(0), stack)
    stack.enter_context(listening.accept()[0])

    assert in_flight(places) == 1


def test_a_path_with_a_space_is_found(tmp_path: Path, stack: ExitStack) -> None:
    path = tmp_path / "a b.sock"
    made = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    made.bind(str(path))
    made.listen()
    connected(path, stack)

    assert slots.requests_in_flight(path, TABLE.read_text(encoding="utf-8")) == 1


def test_a_path_that_only_begins_alike_is_not_counted(tmp_path: Path) -> None:
    table = f"Num RefCount Protocol Flags Type St Inode Path\nx: 2 0 00000000 0001 03 1 {tmp_path}/blue.sock.old\n"

    assert slots.requests_in_flight(tmp_path / "blue.sock", table) == 0


def test_places_derive_from_the_name() -> None:
    app = Application.named("mailroom")

    assert str(app.lane(7)) == "/srv/mailroom/lanes/07.sock"
    assert str(app.slot("blue")) == "/srv/mailroom/slots/blue"
    assert str(app.socket("green")) == "/run/mailroom/green.sock"
    assert app.unit("worker", "green") == "mailroom-worker@green.service"
    assert app.socket_unit("blue") == "mailroom-web@blue.socket"


def test_the_other_slot() -> None:
    assert [slots.other("blue"), slots.other("green")] == ["green", "blue"]


def test_a_host_without_lanes_reads_as_twenty_times_nothing(app: Application) -> None:
    assert slots.read_lanes(app) == [None] * 20


def test_each_lane_reads_as_the_slot_it_points_at(app: Application, places: Places) -> None:
    for number in range(20):
        places.lane(number).symlink_to(places.socket("green" if number < 5 else "blue"))

    assert slots.read_lanes(app) == ["green"] * 5 + ["blue"] * 15


def test_a_lane_that_points_elsewhere_or_is_a_file_reads_as_nothing(app: Application, places: Places) -> None:
    places.lane(0).symlink_to("/run/other/blue.sock")
    places.lane(1).touch()

    assert slots.read_lanes(app)[:2] == [None, None]


def test_the_slot_that_has_all_lanes_is_live() -> None:
    assert slots.live_slot(["blue"] * 20) == "blue"


@pytest.mark.parametrize(
    "lanes",
    [["blue"] * 19 + ["green"], ["blue"] * 19 + [None], [None] * 20],
    ids=["divided", "one points nowhere", "none at all"],
)
def test_without_all_lanes_no_slot_is_live(lanes: list[str | None]) -> None:
    assert slots.live_slot(lanes) is None


def test_lanes_are_counted_by_slot() -> None:
    assert slots.count_lanes(["blue"] * 3 + [None] + ["green"] * 2) == {"blue": 3, "green": 2}


def test_the_release_in_a_slot_is_where_its_link_points(app: Application, places: Places) -> None:
    places.put("blue", "1.4.0")

    assert slots.release_in(app, "blue") == "1.4.0"
    assert slots.release_in(app, "green") is None

"""When each of the two files is replaced: never while it is its turn."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from roles.nginx.files.tls.pair import RefusedError
from roles.nginx.files.tls.served import NAMES, Clock, Served

OLD, NEW = b"old", b"new"


@dataclass
class Hours:
    """A time that goes on by sleeping only, and what was read at each moment of it."""

    time: float
    folder: Path
    seen: list[tuple[float, str, bytes]] = field(default_factory=list)

    def clock(self) -> Clock:
        """Return the time as the program reads it."""
        return Clock(lambda: self.time, self.sleep)

    def sleep(self, seconds: float) -> None:
        """Pass the time in tenths of a second, and read at each as nginx does: the file whose turn it is."""
        assert seconds > 0
        for _ in range(round(seconds * 10)):
            self.time = round(self.time + 0.1, 1)
            name = self.clock().turn()
            self.seen.append((self.time, name, (self.folder / name).read_bytes()))

    def handshake(self) -> bytes:
        """Return what a client is shown now."""
        return (self.folder / self.clock().turn()).read_bytes()


@pytest.fixture
def served(tmp_path: Path) -> Served:
    for name in NAMES:
        (tmp_path / name).write_bytes(OLD)
    return Served(tmp_path)


# Times of two turns: each second, and each edge of it.
BEGINNINGS = [1_000_000.0 + second + shift for second in range(20) for shift in (0.0, 0.1, 0.9)]


@pytest.mark.parametrize("time", BEGINNINGS)
def test_a_file_is_replaced_only_while_it_rests(served: Served, time: float) -> None:
    hours = Hours(time, served.folder)
    served.put(NEW, hours.clock(), lambda: hours.handshake() == NEW)

    assert served.read() == dict.fromkeys(NAMES, NEW)
    changes = [
        (moment, before, after)
        for (_, last, before), (moment, name, after) in zip(hours.seen, hours.seen[1:], strict=False)
        if last == name and before != after
    ]
    assert changes == [], "what nginx reads changes only with the turn"
    assert hours.time - time <= 30


def test_a_new_certificate_that_nginx_does_not_serve_is_taken_back(served: Served) -> None:
    hours = Hours(1_000_004.0, served.folder)

    with pytest.raises(RefusedError, match=r"nginx doesn't serve the new certificate, so the one before is back"):
        served.put(NEW, hours.clock(), lambda: False)
    assert served.read() == dict.fromkeys(NAMES, OLD)


def test_nobody_waits_where_nothing_is_served_yet(tmp_path: Path) -> None:
    hours = Hours(1_000_004.0, tmp_path)
    Served(tmp_path).put(NEW, hours.clock(), None)

    assert Served(tmp_path).read() == dict.fromkeys(NAMES, NEW)
    assert hours.seen == []


def test_the_files_are_for_root_and_the_workers_group_alone(tmp_path: Path) -> None:
    group = tmp_path.stat().st_gid
    Served(tmp_path, group).put(NEW, Clock(), None)

    found = [(tmp_path / name).stat() for name in NAMES]
    assert [(stat.S_IMODE(one.st_mode), one.st_gid) for one in found] == [(0o640, group)] * 2


def test_a_file_that_could_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / NAMES[0]).mkdir()  # a rename onto a folder fails

    with pytest.raises(OSError, match=r"Is a directory"):
        Served(tmp_path).write(NAMES[0], NEW)
    assert [path.name for path in tmp_path.iterdir()] == [NAMES[0]]

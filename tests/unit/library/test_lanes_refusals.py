"""The module `lanes` moves nothing to where nothing listens, and takes no other slot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import lane_moves

from library import lanes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome, Places


def test_a_slot_without_a_socket_is_refused_before_anything_moves(
    move: Callable[..., Outcome], places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_moves, "unit_state", lambda _: {"ActiveState": "failed"})

    outcome = move("green")

    assert outcome.failed
    assert outcome.message == (
        f"slot green has no socket {places.socket('green')} (mailroom-web@green.socket is failed); no lane was "
        "moved. Look at `systemctl status mailroom-web@green.socket`, then release again."
    )
    assert places.slots_of_lanes() == ["nothing"] * 20


def test_a_file_in_the_sockets_place_is_refused_too(
    move: Callable[..., Outcome], places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_moves, "unit_state", lambda _: {})
    places.socket("green").touch()

    assert "(mailroom-web@green.socket is unknown)" in move("green").message


def test_check_mode_on_a_host_without_sockets_still_says_what_would_move(move: Callable[..., Outcome]) -> None:
    assert move("green", check=True).result["moved"] == list(range(20))


def test_a_third_slot_is_refused(run_module: Callable[..., Outcome]) -> None:
    outcome = run_module(lanes.main, {"app": "mailroom", "slot": "red"})

    assert outcome.failed
    assert "blue, green" in outcome.message


def test_lanes_keep_their_slot_beyond_the_count() -> None:
    wanted = partial(lane_moves.wanted_lanes, ["blue", None, "green", "blue"])

    assert wanted("green", 1) == ["green", "green", "green", "blue"]

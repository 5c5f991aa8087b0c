"""A slot is asked on its own socket, and only the right answer of the right release counts."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils import slot_health
from ansible.module_utils.slot_health import Probe, wait_until_ready
from ansible.module_utils.slots import SlotError

from tests.unit.library.http_slot import HttpSlot, answering, silent, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.library.conftest import Places

UNIT = "mailroom-web@blue.service"
READY = answering(200, '{"status": "ok"}')
NOT_READY = answering(503, '{"checks": {"database": "refused"}}')
STATE = {"ActiveState": "active", "NRestarts": "0"}


@pytest.fixture
def slot(places: Places) -> Iterator[Callable[..., HttpSlot]]:
    """Start a slot that behaves as told."""
    with contextlib.ExitStack() as stack:
        yield lambda *behaviours: stack.enter_context(HttpSlot(places.socket("blue"), *behaviours))


@pytest.fixture
def ask(places: Places, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Wait for the slot; its unit goes through the states told, and stays in the last."""

    def wait(*states: dict[str, str], release: str | None = "1.4.0", limit: float = 0.5) -> str:
        remaining = list(states or (STATE,))
        monkeypatch.setattr(
            slot_health, "unit_state", lambda _: remaining.pop(0) if len(remaining) > 1 else remaining[0]
        )
        return str(wait_until_ready(Probe(places.socket("blue"), "/health/ready", release), UNIT, limit))

    return wait


def test_a_ready_slot_says_so_at_once(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    served = slot(READY)

    assert ask() == '{"status": "ok"}'
    assert served.asked == ["/health/ready"]


def test_a_slot_that_gets_ready_is_waited_for(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    served = slot(NOT_READY, NOT_READY, READY)

    assert ask(limit=5) == '{"status": "ok"}'
    assert len(served.asked) == 3


def test_a_slot_that_never_gets_ready_tells_its_reason(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    slot(NOT_READY)

    with pytest.raises(SlotError) as refusal:
        ask(limit=0.3)

    assert str(refusal.value) == (
        'not ready within 0 s; /health/ready answered 503: {"checks": {"database": "refused"}}'
    )


@pytest.mark.parametrize("told", ["1.3.0", None])
def test_another_release_does_not_count(
    slot: Callable[..., HttpSlot], ask: Callable[..., str], told: str | None
) -> None:
    slot(answering(200, "ok", told))

    with pytest.raises(SlotError, match=rf"/health/ready was answered by release {told}, not 1\.4\.0"):
        ask()


def test_any_release_will_do_where_none_is_asked_for(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    slot(answering(200, "ok", None))

    assert ask(release=None) == "ok"


def test_a_slot_that_takes_a_request_and_says_nothing_runs_out_of_time(
    slot: Callable[..., HttpSlot], ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_health, "ANSWER_LIMIT", 0.1)
    slot(silent(0.4))

    with pytest.raises(SlotError, match=r"not ready within .*no answer \(TimeoutError: timed out\)"):
        ask(limit=0.3)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\x16\x03\x01 garbage\r\n\r\n", "BadStatusLine"), (b"", "RemoteDisconnected")],
    ids=["garbage", "hangs up"],
)
def test_what_is_no_http_answer_is_named(
    slot: Callable[..., HttpSlot], ask: Callable[..., str], content: bytes, kind: str
) -> None:
    slot(writing(content))

    with pytest.raises(SlotError, match=f"no answer \\({kind}"):
        ask()


def test_an_answer_that_breaks_off_does_not_count(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    slot(writing(b"HTTP/1.0 200 OK\r\nX-Release: 1.4.0\r\nContent-Length: 100\r\n\r\nhalf"))

    with pytest.raises(SlotError, match="no answer \\(IncompleteRead"):
        ask()


def test_without_a_socket_the_path_that_is_missing_is_plain(ask: Callable[..., str]) -> None:
    with pytest.raises(SlotError, match="no answer \\(FileNotFoundError"):
        ask()


def test_a_long_answer_is_cut_for_the_message(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    slot(answering(503, "x" * 100_000))

    with pytest.raises(SlotError) as refusal:
        ask()

    assert len(str(refusal.value)) < slot_health.BODY_LIMIT + 100


@pytest.mark.parametrize("state", ["failed", "inactive"])
def test_a_crashed_service_is_told_at_once(ask: Callable[..., str], state: str) -> None:
    crashed = {"ActiveState": state, "Result": "exit-code", "ExecMainStatus": "3", "NRestarts": "0"}
    started = time.monotonic()

    with pytest.raises(SlotError, match=r"crashed at its start \(result exit-code, exit status 3\)"):
        ask(STATE, crashed, limit=30)

    # It may ask for 30 s.
    assert time.monotonic() - started < 15


def test_a_service_that_systemd_restarted_meanwhile_has_crashed(
    slot: Callable[..., HttpSlot], ask: Callable[..., str]
) -> None:
    slot(NOT_READY)

    with pytest.raises(SlotError, match="crashed at its start"):
        ask(STATE, STATE, STATE | {"NRestarts": "1"}, limit=30)


def test_restarts_before_the_question_do_not_count(slot: Callable[..., HttpSlot], ask: Callable[..., str]) -> None:
    slot(READY)

    assert ask(STATE | {"NRestarts": "4"}) == '{"status": "ok"}'

"""probe: the real program against a real server; systemd alone is a double."""

from __future__ import annotations

import json
import stat
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import probe_unit

from library import probe
from tests.unit.library.probe_double import ProbeUnits
from tests.unit.load.authority import Authority, make_authority
from tests.unit.load.fault_server import Fault, FaultServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.library.conftest import Outcome

RIGHT = {"path": "/health/ready", "has_headers": ["X-Release"], "body_has": {"state": "right"}}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProbeUnits:
    double = ProbeUnits(tmp_path)
    monkeypatch.setattr(probe_unit, "systemctl", double.systemctl)
    monkeypatch.setattr(probe_unit, "last_log_lines", lambda *_: ["what it wrote"])
    return double


@pytest.fixture
def serve(authority: Authority, units: ProbeUnits) -> Iterator[Callable[..., FaultServer]]:
    """Start a server; it outlives the probe, which is killed at the end if nobody stopped it."""
    with ExitStack() as servers:
        yield lambda decide=lambda _: Fault.NONE: servers.enter_context(FaultServer(authority, decide))
        units.kill()
        time.sleep(0.1)


@pytest.fixture
def task(
    run_module: Callable[..., Outcome], units: ProbeUnits, tmp_path: Path, authority: Authority
) -> Callable[..., Outcome]:
    """Run the module for release r1."""
    del units

    def run(state: str, server: FaultServer | None = None, *, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        arguments = {"app": "mailroom", "state": state, "id": "r1", "runtime": str(tmp_path), **more}
        if server is not None:
            given = {"url": server.url, "ca_file": str(authority.ca), "requests": [RIGHT], "rate": 100}
            arguments = {**given, **arguments}
        return run_module(probe.main, arguments, check=check)

    return run


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_started_probe_has_its_first_answers_and_counts_on(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome]
) -> None:
    server = serve()
    began = task("started", server)
    wait_for(lambda: len(server.requests) > 20)
    ended = task("stopped")

    assert (began.changed, ended.changed) == (True, True)
    assert began.result["probe"]["begun"] is True
    counted = ended.result["probe"]
    assert counted["sent"] == counted["answered"] == len(server.requests)
    assert (counted["failed"], counted["in_flight"], counted["ended_by"]) == (0, 0, "stopped")
    assert counted["summary"].startswith(f"The probe: {counted['sent']} sent, 0 failed, slowest ")
    assert counted["summary"].endswith(f"answered by: 1.0.0 {counted['sent']}.")


def test_starting_the_same_again_leaves_it_alone(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve()
    task("started", server)
    again = task("started", server)

    assert again.changed is False
    assert units.told == ["start"]


def test_the_probe_of_another_release_is_replaced(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve()
    task("started", server, id="left over")
    began = task("started", server)

    assert began.changed is True
    assert began.result["probe"]["id"] == "r1"
    assert units.told == ["start", "stop", "start"]


def test_when_the_first_requests_fail_it_is_stopped_and_the_reason_is_said(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve(lambda _: Fault.BAD_GATEWAY)
    began = task("started", server)

    assert began.failed
    assert began.message.startswith("requests through the edge fail already before the release:\nGET /health/ready ")
    assert "wrong status: status 502" in began.message
    assert units.told == ["start", "stop"]


def test_what_cannot_be_sent_is_said(serve: Callable[..., FaultServer], task: Callable[..., Outcome]) -> None:
    server = serve()
    began = task("started", server, requests=[{"path": "health"}])

    assert began.message == "the probe can't run: the path 'health' of a request must start with / and be escaped"


def test_failed_requests_are_told_and_do_not_fail_the_task(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], tmp_path: Path
) -> None:
    server = serve(lambda number: Fault.CUT_BEFORE if number == 10 else Fault.NONE)
    began = task("started", server)
    wait_for((tmp_path / "mailroom/failed").exists)
    seen = task("read")

    assert began.result["abort_file"] == str(tmp_path / "mailroom/failed")
    assert (seen.failed, seen.changed, seen.result["probe"]["failed"]) == (False, False, 1)
    told = (tmp_path / "mailroom/failed").read_text(encoding="utf-8")
    assert told.startswith("the probe lost a request through the edge, the first of them:\nGET /health/ready ")
    assert "cut before answer: end of stream before any byte of the answer (probe-r1-" in told


def test_reading_and_stopping_are_quick(serve: Callable[..., FaultServer], task: Callable[..., Outcome]) -> None:
    server = serve()
    task("started", server)
    took = []
    for state in ("read", "read", "read", "stopped"):
        begun = time.monotonic()
        task(state)
        took.append(time.monotonic() - begun)

    assert min(took[:3]) < 0.1
    assert took[3] < 10


def test_a_probe_that_died_is_not_believed(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve()
    task("started", server)
    units.kill()
    seen = task("read")

    assert seen.failed
    assert seen.message.startswith("the probe died ")
    assert seen.message.endswith("what it wrote")
    assert seen.result["probe"]["sent"] > 0


def test_a_probe_that_ended_at_its_limit_is_not_believed(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve()
    task("started", server, limit=2)
    wait_for(lambda: units.process is not None and units.process.poll() is not None)
    ended = task("stopped")

    assert ended.message.startswith("the probe ended at its limit, ")
    assert "Give it a `limit` that is longer than the release" in ended.message


def test_reading_where_there_is_no_such_probe_fails(task: Callable[..., Outcome]) -> None:
    assert task("read").message == "there is no probe of r1 on this host; what it should have seen isn't proved"


def test_stopping_where_there_is_no_such_probe_changes_nothing(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve()
    task("started", server, id="another")
    ended = task("stopped")

    assert (ended.changed, ended.result["probe"]) == (False, None)
    assert units.told == ["start"]


def test_secrets_are_in_no_result_no_state_and_no_file_that_stays(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], tmp_path: Path
) -> None:
    secrets = {"Authorization": "Bearer very-secret-key"}
    server = serve()
    began = task("started", server, secrets=secrets)
    state = json.loads((tmp_path / "mailroom/state.json").read_text(encoding="utf-8"))
    left = list(tmp_path.glob("*.wish"))

    assert "very-secret-key" not in began.text
    assert "very-secret-key" not in json.dumps(state)
    assert left == []
    assert stat.S_IMODE((tmp_path / "mailroom/state.json").stat().st_mode) == 0o644


def test_check_mode_starts_nothing(
    serve: Callable[..., FaultServer], task: Callable[..., Outcome], units: ProbeUnits
) -> None:
    server = serve()
    began = task("started", server, check=True)

    assert began.changed is True
    assert units.told == []


def test_nothing_to_send_is_refused(serve: Callable[..., FaultServer], task: Callable[..., Outcome]) -> None:
    server = serve()
    assert "`requests` is empty" in task("started", server, requests=[]).message

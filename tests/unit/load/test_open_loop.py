"""The load as a test uses it: in its own process, marked, stopped, reported."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.load.errors import LoadError
from tests.load.open_loop import OpenLoop
from tests.load.requests import JsonHas, Request
from tests.unit.load.authority import Authority, make_authority
from tests.unit.load.conftest import config_for
from tests.unit.load.fault_server import FaultServer


def test_a_test_marks_phases_and_reads_the_report_in_the_block(authority: Authority) -> None:
    with FaultServer(authority) as server, OpenLoop(config_for(server.url, authority.ca, seconds=60)) as load:
        load.mark("rest")
        time.sleep(0.4)
        server.release = "1.1.0"
        load.mark("during")
        time.sleep(0.4)
        report = load.report()
    assert report.clean
    assert report.phase("rest").due == pytest.approx(100, abs=50)
    assert report.phase("during").due == pytest.approx(100, abs=50)
    assert report.total.release_names == {"1.0.0", "1.1.0"}
    assert report.phase("rest").releases[0].name == "1.0.0"
    assert load.report() == report


def test_every_request_reaches_the_server_once_under_its_own_id(authority: Authority) -> None:
    with FaultServer(authority) as server, OpenLoop(config_for(server.url, authority.ca, seconds=60)) as load:
        time.sleep(0.3)
    report = load.report()
    expected = {f"load-{load.run}-{number}" for number in range(report.total.due)}
    assert {own_id for own_id, _, _ in server.requests} == expected
    assert len(server.requests) == report.total.due


def test_a_mix_is_sent_in_its_shares_with_the_id_in_the_body(authority: Authority) -> None:
    post = Request("POST", "/messages", body=b'{"subject": "{request_id}"}', check=JsonHas({"state": "right"}))
    mix = (Request("GET", "/health/ready", weight=3), post)
    with (
        FaultServer(authority) as server,
        OpenLoop(config_for(server.url, authority.ca, requests=mix, fresh=0.2)) as load,
    ):
        report = load.wait()
    posts = [(own_id, body) for own_id, path, body in server.requests if path == "/messages"]
    assert report.clean
    assert len(posts) == pytest.approx(25, abs=1)
    assert all(body == b'{"subject": "%s"}' % own_id.encode() for own_id, body in posts)
    assert report.total.opened == pytest.approx(8 + 20, abs=1)


def test_what_happens_after_the_limit_is_not_called_proved(authority: Authority) -> None:
    with FaultServer(authority) as server, OpenLoop(config_for(server.url, authority.ca, seconds=0.2)) as load:
        time.sleep(1)
        with pytest.raises(LoadError, match=r"ended before phase 'during': its limit is 0\.2 s"):
            load.mark("during")
        with pytest.raises(LoadError, match="ended before it was stopped"):
            load.report()


def test_a_server_that_is_not_there_stops_the_load_before_it_begins(authority: Authority) -> None:
    with (
        pytest.raises(LoadError, match=r"No connection to 127\.0\.0\.1 port 1: .*Connect call failed"),
        OpenLoop(config_for("https://127.0.0.1:1", authority.ca)),
    ):
        pass


def test_a_certificate_of_another_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path)
    with (
        FaultServer(authority) as server,
        pytest.raises(LoadError, match=r"The certificate of 127\.0\.0\.1 port \d+: .*verify|unable|signature"),
        OpenLoop(config_for(server.url, other.ca)),
    ):
        pass


def test_a_certificate_for_another_address_is_refused(authority: Authority) -> None:
    with FaultServer(authority) as server:
        elsewhere = server.url.replace("127.0.0.1", "wrong.test")
        with (
            pytest.raises(LoadError, match=r"Hostname mismatch, certificate is not valid for 'wrong\.test'"),
            OpenLoop(config_for(elsewhere, authority.ca, address="127.0.0.1")),
        ):
            pass


def test_a_name_in_the_certificate_is_accepted_at_a_lab_address(authority: Authority) -> None:
    with FaultServer(authority) as server:
        named = server.url.replace("127.0.0.1", "mailroom.test")
        with OpenLoop(config_for(named, authority.ca, address="127.0.0.1")) as load:
            assert load.wait().clean


def fail_under(load: OpenLoop, pids: list[int]) -> None:
    with load:
        pids.append(load.pid)
        raise ZeroDivisionError


def test_a_failing_test_stops_the_load_too(authority: Authority) -> None:
    pids: list[int] = []
    with FaultServer(authority) as server:
        load = OpenLoop(config_for(server.url, authority.ca, seconds=600))
        with pytest.raises(ZeroDivisionError):
            fail_under(load, pids)
    assert not Path(f"/proc/{pids[0]}").exists()


def kill_under(load: OpenLoop) -> None:
    with load:
        os.kill(load.pid, signal.SIGKILL)


def test_a_load_whose_process_dies_says_so(authority: Authority) -> None:
    with FaultServer(authority) as server:
        load = OpenLoop(config_for(server.url, authority.ca, seconds=600))
        with pytest.raises(LoadError, match="The load's process died with exit code -9"):
            kill_under(load)


def raise_value_error(body: bytes) -> bool:
    raise ValueError(body)


def test_a_check_that_breaks_down_is_not_taken_for_an_answer(authority: Authority) -> None:
    broken = Request("GET", "/", check=raise_value_error)
    with FaultServer(authority) as server:
        load = OpenLoop(config_for(server.url, authority.ca, requests=(broken,)))
        with pytest.raises(LoadError, match="The load broke down: ValueError"), load:
            load.wait()


PARENT = """
import sys, time
from pathlib import Path
from tests.load.config import LoadConfig
from tests.load.open_loop import OpenLoop
if __name__ == "__main__":
    with OpenLoop(LoadConfig(url=sys.argv[1], ca=Path(sys.argv[2]), rate=50, seconds=600, connections=2)) as load:
        print(load.pid, flush=True)
        time.sleep(600)
"""


def test_the_load_ends_when_the_test_run_is_killed(authority: Authority, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with FaultServer(authority) as server:
        command = [sys.executable, str(script), server.url, str(authority.ca)]
        environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            parent.kill()
        deadline = time.monotonic() + 5
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    """Tell whether a process lives; one that ended and waits for its new parent to notice does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False

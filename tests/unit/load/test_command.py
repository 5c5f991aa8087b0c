"""The load from the command line."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.load.command import main
from tests.unit.load.authority import Authority
from tests.unit.load.fault_server import Fault, FaultServer


def test_an_interrupted_command_still_prints_its_table(authority: Authority) -> None:
    with FaultServer(authority) as server:
        command = [sys.executable, "-m", "tests.load.open_loop", "--url", server.url, "--ca", str(authority.ca)]
        with subprocess.Popen([*command, "--rate", "50"], stdout=subprocess.PIPE, text=True) as load:
            deadline = time.monotonic() + 10
            while len(server.requests) < 20 and time.monotonic() < deadline:
                time.sleep(0.05)
            load.send_signal(signal.SIGINT)
            output, _ = load.communicate(timeout=20)
    assert load.returncode == 0
    assert "CLEAN: nothing lost, nothing cut" in output


def test_the_command_prints_a_table_and_succeeds_when_clean(
    authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultServer(authority) as server:
        code = main(["--url", f"{server.url}/x?y=1", "--ca", str(authority.ca), "--rate", "50", "--seconds", "0.5"])
    assert code == 0
    assert "CLEAN: nothing lost, nothing cut" in capsys.readouterr().out
    assert {path for _, path, _ in server.requests} == {"/x?y=1"}


def test_the_command_fails_when_the_load_is_not_clean(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    with FaultServer(authority, lambda _: Fault.BAD_GATEWAY) as server:
        code = main(["--url", server.url, "--ca", str(authority.ca), "--rate", "50", "--seconds", "0.2"])
    assert code == 1
    assert "NOT CLEAN" in capsys.readouterr().out


def test_the_command_refuses_what_is_not_in_the_lab(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "https://192.168.57.11/", "--ca", str(authority.ca)]) == 2
    assert "load: 192.168.57.11 is not a lab address" in capsys.readouterr().err


def test_the_command_prints_json_when_asked(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    with FaultServer(authority) as server:
        main(["--url", server.url, "--ca", str(authority.ca), "--rate", "50", "--seconds", "0.2", "--json"])
    assert json.loads(capsys.readouterr().out)["total"]["ok"] == 10

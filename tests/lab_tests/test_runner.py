"""Commands in a lab of their own, and what becomes of it when they or their runner die."""

import signal
import subprocess
import time
from pathlib import Path

from tests.lab.naming import CHECKOUT
from tests.lab_tests.conftest import Commands, leftovers


def _started(lab: Commands, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        lab.argv("run", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=CHECKOUT,
    )


def _wait_for(path: Path) -> None:
    limit = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < limit, f"{path} never came"
        time.sleep(0.05)


def test_the_exit_code_is_the_commands(lab: Commands) -> None:
    assert lab("run", "--", "sh", "-c", "exit 7").returncode == 7


def test_a_command_that_isnt_there_is_an_exit_code_and_no_lab_is_left(lab: Commands) -> None:
    assert lab("run", "--", "no-such-command").returncode != 0
    assert leftovers(lab.lab) == []


def test_the_command_is_told_the_lab_and_where_its_state_is(lab: Commands) -> None:
    said = lab.must("run", "--", "sh", "-c", "echo $SLIPWAY_LAB $SLIPWAY_STATE")
    assert said.split() == [lab.lab.name, str(lab.lab.state)]


def test_standard_output_is_the_commands_alone(lab: Commands) -> None:
    assert lab.must("run", "--", "echo", "mine") == "mine\n"


def test_the_command_finds_the_gateway_address_on_its_own_side(lab: Commands) -> None:
    assert "192.168.56.1/24" in lab.must("run", "--", "ip", "-brief", "address")


def test_nothing_is_left_after_the_command(lab: Commands) -> None:
    lab.must("run", "--hosts", "one=192.168.56.31", "--", "true")
    assert leftovers(lab.lab) == []


def test_a_process_left_behind_by_the_command_is_ended(lab: Commands, tmp_path: Path) -> None:
    lab.must("run", "--", "sh", "-c", f"setsid sleep 600 >/dev/null 2>&1 & echo $! > {tmp_path}/pid")
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}/cmdline").exists() or Path(f"/proc/{pid}/cmdline").read_bytes() == b""


def test_a_signal_reaches_the_command_and_the_lab_is_removed(lab: Commands, tmp_path: Path) -> None:
    script = f"trap 'echo asked; exit 9' TERM; touch {tmp_path}/on; while :; do sleep 0.1; done"
    runner = _started(lab, "--", "sh", "-c", script)
    _wait_for(tmp_path / "on")
    runner.send_signal(signal.SIGTERM)
    said, _ = runner.communicate(timeout=60)
    assert (said, runner.returncode) == ("asked\n", 9)
    assert leftovers(lab.lab) == []


def test_two_labs_have_the_same_addresses_at_the_same_time(lab: Commands, other: Commands) -> None:
    runs = [
        _started(one, "--hosts", "same=192.168.56.31", "--", *one.argv("ssh", "same", "cat", "/etc/machine-id"))
        for one in (lab, other)
    ]
    ids = [run.communicate(timeout=120)[0].strip() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert len(set(ids)) == 2


def test_a_lab_in_use_is_refused_and_the_holder_is_named(lab: Commands, tmp_path: Path) -> None:
    runner = _started(lab, "--", "sh", "-c", f"touch {tmp_path}/on; sleep 600")
    _wait_for(tmp_path / "on")
    refused = lab("run", "--", "true")
    runner.terminate()
    runner.communicate(timeout=60)
    assert refused.returncode == 2
    assert f"held by process {runner.pid}" in refused.stderr


def test_the_next_run_removes_what_a_killed_runner_left(lab: Commands, other: Commands, tmp_path: Path) -> None:
    script = f"exec >/dev/null 2>&1; touch {tmp_path}/on; sleep 600"
    runner = _started(lab, "--aws", "--hosts", "one=192.168.56.31", "--", "sh", "-c", script)
    _wait_for(tmp_path / "on")
    runner.kill()
    runner.communicate(timeout=60)
    assert leftovers(lab.lab) != []
    other.must("run", "--", "true")
    assert leftovers(lab.lab) == []
    assert lab.lab.label not in subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout


def test_a_lab_made_for_a_process_is_removed_once_that_died(lab: Commands, other: Commands) -> None:
    owner = subprocess.Popen(["sleep", "600"])
    lab.must("up", "--owner", str(owner.pid))
    owner.kill()
    owner.wait()
    other.must("run", "--", "true")
    assert leftovers(lab.lab) == []


def test_a_lab_runs_inside_a_lab(lab: Commands, other: Commands) -> None:
    inner = other.argv("run", "--hosts", "same=192.168.56.31", "--", *other.argv("ssh", "same", "hostname"))
    assert lab.must("run", "--hosts", "same=192.168.56.31", "--", *inner).strip() == "same"


def test_down_of_a_lab_that_isnt_there_is_fine(lab: Commands) -> None:
    done = lab("down")
    assert done.returncode == 0
    assert "nothing to remove" in done.stderr


def test_down_removes_a_lab_whose_record_was_lost(lab: Commands) -> None:
    lab.up("--hosts", "one=192.168.56.31")
    (lab.lab.roots / "lab.json").unlink()
    lab.must("down")
    assert leftovers(lab.lab) == []

"""Programs of the hosts' release, on the checkout."""

import subprocess
import sys

from tests.lab.naming import CHECKOUT


def _tool(*words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "tests.lab", "tool", "--", *words]
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, cwd=CHECKOUT, timeout=280)


def test_a_tool_is_of_debian_13() -> None:
    assert "2.53" in _tool("promtool", "--version").stdout


def test_a_tool_sees_the_checkout_from_the_same_folder() -> None:
    assert _tool("sh", "-c", "pwd; ls tests/lab/toolbox.py").stdout == f"{CHECKOUT}\ntests/lab/toolbox.py\n"


def test_a_tool_cant_change_the_checkout() -> None:
    done = _tool("touch", "written")
    assert done.returncode != 0
    assert not (CHECKOUT / "written").exists()


def test_the_exit_code_and_the_streams_are_the_tools_own() -> None:
    done = _tool("sh", "-c", "cat; exit 5", stdin="passed on")
    assert (done.returncode, done.stdout) == (5, "passed on")


def test_what_a_tool_writes_elsewhere_is_gone_afterwards() -> None:
    assert _tool("sh", "-c", "touch /left && ls /left").stdout == "/left\n"
    assert _tool("ls", "/left").returncode != 0

"""Processes are told apart even when they share a pid."""

import os
import subprocess
from dataclasses import replace

import pytest

from tests.lab.process import Identity, ancestors, parse_stat

_TAIL = "S 1 " + " ".join(str(number) for number in range(5, 30))


@pytest.mark.parametrize("name", ["sh", "a b", "x) S 1 (y", "((", ""])
def test_a_command_name_doesnt_confuse_the_start_time(name: str) -> None:
    assert parse_stat(f"42 ({name}) {_TAIL}") == ("S", "22")


def _own() -> Identity:
    found = Identity.of(os.getpid())
    assert found is not None
    return found


def test_this_process_is_alive() -> None:
    assert _own().alive()


def test_a_later_process_with_the_same_pid_is_another() -> None:
    assert not replace(_own(), start="1").alive()


def test_a_process_of_before_the_reboot_is_not_alive() -> None:
    assert not replace(_own(), boot="an earlier one").alive()


def test_a_process_that_ended_but_wasnt_waited_for_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Identity.of(child.pid) is None


def test_another_process_with_the_noted_pid_is_not_signalled() -> None:
    replace(_own(), start="1").stop(grace=0.1)


def test_a_process_that_ignores_being_asked_is_ended() -> None:
    script = "trap '' TERM; echo on; while :; do sleep 0.05; done"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = Identity.of(child.pid)
        assert found is not None
        found.stop(grace=0.2)
        assert child.wait() == -9


def test_an_identity_survives_being_written_down() -> None:
    assert Identity.load(_own().as_dict()) == _own()


def test_ancestors_begin_with_the_process_and_its_parent() -> None:
    assert ancestors(os.getpid())[:2] == [os.getpid(), os.getppid()]

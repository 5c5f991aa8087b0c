"""Commands run inside a lab that lives exactly as long as they do."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.lab import control, files, record, root
from tests.lab.command import inside, search_path
from tests.lab.errors import LabError
from tests.lab.inventory import Wanted
from tests.lab.naming import Lab
from tests.lab.process import Identity
from tests.lab.progress import step

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FROM_KERNEL = 0x80  # SI_KERNEL: a terminal's Ctrl-C, which reaches the command by itself
_SIGNALLED = 128  # a shell's exit code for a command ended by signal N is 128 + N


class _InterruptedError(Exception):
    """A signal came while the lab was being made."""


def run(lab: Lab, wanted: Wanted, command: list[str], *, expose: bool) -> int:
    """Make the lab, run the command in its namespace, remove the lab whatever happened; return the exit code.

    The command finds the lab's name in SLIPWAY_LAB and its folder in SLIPWAY_STATE.
    Raises LabError when the lab is in use.
    """
    control.sweep()
    with _signals_raised():
        try:
            with control.hold(lab):
                _refuse_used(lab)
                control.down(lab)  # what a lab of this name left when the machine went down
                opened = control.open_lab(lab, Identity.of(os.getpid()))
                control.up(opened, wanted.hosts, expose=expose, simulated_aws=wanted.simulated_aws)
            return _follow(lab, command)
        except _InterruptedError as interrupted:
            return _SIGNALLED + int(str(interrupted))
        finally:
            for number in _PASSED_ON:
                signal.signal(number, signal.SIG_IGN)
            _remove(lab)


def _remove(lab: Lab) -> None:
    """Remove the lab if it is ours."""
    with control.hold(lab):
        found = record.find(lab.name)
        if found is None or (found.owner is not None and found.owner.pid == os.getpid()):
            control.down(lab)
            step(f"lab {lab.name!r} is removed")


def _refuse_used(lab: Lab) -> None:
    """Raise LabError when somebody has this lab."""
    found = record.find(lab.name)
    if found is not None:
        raise LabError(f"lab {lab.name!r} is in use, {found.holder()}; choose another --name, or take it down first")


@contextmanager
def _signals_raised() -> Iterator[None]:
    """Turn signals into exceptions, so that what was begun is undone."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        raise _InterruptedError(number)

    before = {number: signal.signal(number, interrupt) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def with_names(lab: Lab, command: list[str], etc: Path = Path("/etc/resolv.conf")) -> list[str]:
    """Return the command with name resolution that works in the lab.

    A resolver on the machine's loopback is not in the lab's namespace: the servers behind it take its place.
    """
    servers = root.resolver_configuration(etc)
    if not etc.exists() or servers == etc.read_text():
        return command
    files.write(lab.state / "resolv.conf", servers)
    cover = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
    words = ["sh", "-euc", cover, "sh", str(lab.state / "resolv.conf"), str(etc), *command]
    return ["unshare", "--mount", "--propagation", "slave", *words]


def _follow(lab: Lab, command: list[str]) -> int:
    """Run the command, pass signals on to it, and return its exit code."""
    awaited = {*_PASSED_ON, signal.SIGCHLD}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    try:
        argv = inside(lab.namespace, with_names(lab, command))
        known = {"SLIPWAY_LAB": lab.name, "SLIPWAY_STATE": str(lab.state)}
        environment = {**os.environ, "PATH": search_path(), **known}
        pid = os.posix_spawnp(argv[0], argv, environment, setsigmask=mask, setsigdef=_PASSED_ON)
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else _SIGNALLED - code
            news = signal.sigwaitinfo(awaited)
            if news.si_signo != signal.SIGCHLD and news.si_code != _FROM_KERNEL:
                os.kill(pid, news.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

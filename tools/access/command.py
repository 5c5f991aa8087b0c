"""Run a command with access to the hosts of environments, and take the access away whatever becomes of it.

Usage: python -m tools.access [--door] ENVIRONMENT [ENVIRONMENT ...] -- COMMAND ...

For a machine that is thrown away, such as GitHub's: it has no keys of its own. Those of the environments come from AWS
Systems Manager's Parameter Store, or from variables, and lie in a folder outside of the checkout, to which
.slipway/ENVIRONMENT leads while the command runs. --door also lets this machine in by SSH where only the team's
addresses may come in.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from tools.access import door
from tools.access.aws import AccessError, client_of, session_of
from tools.access.keys import keys_of, lay
from tools.aws_profile import profile_of

ROOT = Path(__file__).resolve().parent.parent.parent
USAGE = 2  # the exit code of a command line that can't be
SIGNALLED = 128  # a shell's exit code for a command ended by signal N is 128 + N
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Child:
    """The command: signals that come for us go to it and all that it started."""

    def __init__(self) -> None:
        """Have nothing run yet."""
        self.process: subprocess.Popen[bytes] | None = None
        self.leaving = False

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        """Pass a signal on; before the command, end by it. After it nothing keeps us from taking the access away."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        elif self.process is None and not self.leaving:
            self.leaving = True
            raise SystemExit(SIGNALLED + number)

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Run the command in a session of its own; return its exit code as a shell would."""
        try:
            self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        except OSError as error:
            raise AccessError(f"{command[0]} can't be run: {error.strerror}") from error
        code = self.process.wait()
        return code if code >= 0 else SIGNALLED - code


@contextmanager
def access(environment: str, told: Mapping[str, str], state: Path, address: str = "") -> Iterator[dict[str, Path]]:
    """Lay an environment's keys where its inventory looks for them, and open the door, while the block runs.

    Args:
        environment: its name.
        told: the variables of this process.
        state: the folder of all environments' state; the environment's must not be there.
        address: this machine's, to be let in by SSH; empty where it may come in anyway.

    Yields:
        The files by what they hold.

    Raises:
        AccessError: there is no way in; nothing is left behind.
    """
    session = session_of(environment, told)
    link = state / environment
    if link.is_symlink() or link.exists():
        raise AccessError(f"{link} is there already: this machine has access of its own to {environment}")
    folder = Path(tempfile.mkdtemp(prefix="slipway-", dir=told.get("RUNNER_TEMP") or None))
    with ExitStack() as leaving:
        leaving.callback(shutil.rmtree, folder)
        files = lay(keys_of(environment, told, client_of(session, "ssm")), folder / environment)
        state.mkdir(mode=0o700, exist_ok=True)
        link.symlink_to(folder / environment)
        leaving.callback(link.unlink)
        if address:
            leaving.enter_context(door.open_door(client_of(session, "ec2"), environment, address))
        yield files


def surroundings(environments: Sequence[str], told: Mapping[str, str], vaults: Mapping[str, Path]) -> dict[str, str]:
    """Return the command's variables: ours without secrets, the AWS profile of the only environment, and the vaults.

    Args:
        environments: those whose hosts the command is about; one that is about several chooses profiles itself.
        told: the variables of this process.
        vaults: the files of the vaults' passwords, by environment.
    """
    # Each environment has a folder of its own here, so that one for all would be wrong.
    hidden = ("_SSH_KEY", "_KNOWN_HOSTS", "_VAULT_PASSWORD")
    kept = {
        name: value
        for name, value in told.items()
        if name != "SLIPWAY_STATE" and not (name.startswith("SLIPWAY_") and name.endswith(hidden))
    }
    if len(environments) == 1:
        kept |= profile_of(environments[0], told)
    if vaults:
        kept["ANSIBLE_VAULT_IDENTITY_LIST"] = ",".join(f"{name}@{file}" for name, file in vaults.items())
    return kept


def run(wish: argparse.Namespace, told: Mapping[str, str], state: Path, address: Callable[[], str]) -> int:
    """Run the command of a wish; return its exit code. Raises AccessError when there is no way to the hosts."""
    child = Child()
    before: dict[int, Any] = {number: signal.signal(number, child.signalled) for number in PASSED_ON}
    try:
        with ExitStack() as stack:
            own = address() if wish.door else ""
            vaults = {}
            for environment in wish.environments:
                files = stack.enter_context(access(environment, told, state, own))
                if "vault_password" in files:
                    vaults[environment] = files["vault_password"]
            return child.run(wish.command, surroundings(wish.environments, told, vaults))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wish_of(argv: Sequence[str], inventories: Path) -> argparse.Namespace:
    """Return what a command line asks for: `door`, `environments` and `command`.

    Raises:
        AccessError: there is no such environment, or no command.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.access", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--door", action="store_true", help="let this machine in by SSH meanwhile")
    parser.add_argument("environments", nargs="+", metavar="ENVIRONMENT")
    before, dashes, command = [*argv], "", list[str]()
    if "--" in before:
        at = before.index("--")
        before, dashes, command = before[:at], "--", before[at + 1 :]
    wish = parser.parse_args(before)
    there = sorted(folder.name for folder in inventories.iterdir())
    for name in wish.environments:
        if name not in there:
            raise AccessError(f"{name}: there is no such environment. There are: {', '.join(there)}")
    if not dashes or not command:
        raise AccessError("say what is to be run, after --, as in: staging -- make status ENV=staging")
    wish.command = command
    return wish


def main(argv: Sequence[str]) -> int:
    """Run from the command line: the command's exit code, 2 when there is no way to the hosts."""
    try:
        return run(wish_of(argv, ROOT / "inventories"), os.environ, ROOT / ".slipway", door.own_address)
    except AccessError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE

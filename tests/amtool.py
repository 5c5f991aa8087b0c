"""Alertmanager's amtool, of the version that hosts run: in the lab's toolbox, or else as it is installed."""

from __future__ import annotations

import subprocess

from tests.host_tools import host_program
from tools.up import ROOT

_END = "END-OF-FILE"
# The script is taken in whole before it runs: amtool reads what is left on standard input.
_RUN = 'set -u; folder=$(mktemp -d); trap "rm -rf $folder" EXIT; cd "$folder"; cat > script; sh script < /dev/null'


def amtool(files: dict[str, str], script: str) -> str:
    """Run a shell script that calls amtool, in an empty folder with these files; return all that it said.

    Without an amtool the test is skipped. The toolbox takes a second to enter, so one script asks all there is to ask.
    """
    laid = "".join(f"cat > {name} <<'{_END}'\n{text}\n{_END}\n" for name, text in files.items())
    words = [*host_program("amtool")[:-1], "sh", "-c", _RUN]
    done = subprocess.run(words, cwd=ROOT, input=f"{laid}{script}", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

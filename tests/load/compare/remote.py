"""The lab host's shell: one SSH session for all commands, so that logging in isn't measured with each release."""

import base64
import io
import os
import secrets
import select
import subprocess
import tarfile
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.lab.host import Host, ssh_command
from tests.load.compare.errors import CompareError

PIECE = 65536


class Remote:
    """A root shell on a host. Leaving the `with` block ends it."""

    def __init__(self, host: Host) -> None:
        """Nothing is started before the `with` block is entered."""
        self._host = host
        self._mark = f"end-{secrets.token_hex(8)}"
        self._shell: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Log in."""
        command = ssh_command(self._host, ["sudo", "bash"])
        self._shell = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log out, whatever is still running."""
        if self._shell is not None:
            self._shell.kill()
            self._shell.communicate()

    def run(self, script: str, limit: float = 60) -> str:
        """Run a bash script that stops at its first error, within `limit` seconds; return what it said.

        Raises CompareError when it fails, with what it said, or when the time is up.
        """
        if self._shell is None or self._shell.stdin is None:
            raise CompareError("The shell was not started.")
        packed = base64.b64encode(script.encode()).decode()
        line = f'bash -euo pipefail -c "$(base64 -d <<<{packed})" 2>&1 </dev/null; printf "\\n{self._mark} %s\\n" $?\n'
        self._shell.stdin.write(line.encode())
        self._shell.stdin.flush()
        said, code = self._answer(time.monotonic() + limit, script)
        if code:
            raise CompareError(f"A script on the lab host exited {code}:\n{said}\nIt was:\n{script}")
        return said

    def send(self, files: Mapping[str, bytes]) -> None:
        """Write files, by their absolute path, readable by all, over what is there."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
            for path, content in files.items():
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
        command = ssh_command(self._host, ["sudo tar --extract --gzip --overwrite --touch --directory /"])
        done = subprocess.run(command, input=packed.getvalue(), capture_output=True, check=False, timeout=60)
        if done.returncode:
            raise CompareError(f"The lab host did not take the files: {done.stderr.decode(errors='replace')}")

    def _answer(self, until: float, script: str) -> tuple[str, int]:
        """Read until the end of the script; return what it said and its exit code."""
        assert self._shell is not None and self._shell.stdout is not None  # noqa: PT018
        said, mark = b"", f"\n{self._mark} ".encode()
        while not (said.endswith(b"\n") and mark in said):
            if not select.select([self._shell.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                raise CompareError(f"A script on the lab host took too long:\n{said.decode()}\nIt was:\n{script}")
            piece = os.read(self._shell.stdout.fileno(), PIECE)
            if not piece:
                raise CompareError(f"The lab host's shell ended:\n{said.decode(errors='replace')}")
            said += piece
        text, _, code = said.partition(mark)
        return text.decode(errors="replace").strip(), int(code)

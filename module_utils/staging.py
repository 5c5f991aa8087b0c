"""Making a release out of an artifact on a host, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.slots import SlotError

COMPLETE = ".complete"  # the mark of a release whose staging was finished; holds the artifact's checksum
ARTIFACT = "artifact.tar.gz"
MANIFEST = "manifest.sha256"
BEAT = 5.0  # seconds between two signs of life while pip works
LIMIT = 600.0  # seconds that the installation may take
# Wheels are compressed; installed and compiled they take about three times their size (measured: 2.7 for Mailroom).
GROWTH = 4
LOWEST_PRIORITY = 19
# Nothing out of the folder, no devices (PEP 706). Hosts have it; a control node's older Python, on which this is only
# tested, may not.
SAFELY: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


class Staging:
    """One release on its way to a host.

    Attributes:
        folder: where the release is to be.
        sha256: the checksum that its artifact must have.
        beat: tells the lock that work goes on; raises SlotError when the lock is no longer ours.
    """

    def __init__(self, folder: Path, sha256: str, beat: Callable[[], None]) -> None:
        """Touch nothing yet."""
        self.folder = folder
        self.sha256 = sha256
        self.beat = beat

    def complete(self) -> bool:
        """Whether the release is staged. Raises SlotError when other bytes are staged under its name."""
        try:
            staged = (self.folder / COMPLETE).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return False
        if staged != self.sha256:
            raise SlotError(
                f"{self.folder.name} was staged here from an artifact with the checksum {staged}, not {self.sha256}. "
                "A release never changes: give the new build a new version."
            )
        return True

    def stage(self, artifact: Path) -> None:
        """Stage the release from an artifact. Raises SlotError with the reason, and leaves nothing behind then."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.nice(LOWEST_PRIORITY)
        try:
            self._refuse_other_bytes(artifact)
            self._refuse_full_disk(artifact)
            self.folder.mkdir(mode=0o755)
            self._unpack(artifact)
            self._compare_with_manifest()
            self._install()
            shutil.rmtree(self.folder / "wheels")
            shutil.move(artifact, self.folder / ARTIFACT)
            (self.folder / ARTIFACT).chmod(0o644)  # as the rest of the release; who promotes it fetches it from here
            (self.folder / COMPLETE).write_text(f"{self.sha256}\n", encoding="ascii")
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                artifact.unlink()
            raise

    def _refuse_other_bytes(self, artifact: Path) -> None:
        with artifact.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.sha256:
            raise SlotError(f"the artifact arrived with the checksum {found}, not {self.sha256}; release again")

    def _refuse_full_disk(self, artifact: Path) -> None:
        with tarfile.open(artifact) as packed:
            needed = GROWTH * sum(member.size for member in packed)
        free = shutil.disk_usage(self.folder.parent).free
        if free < needed:
            raise SlotError(
                f"the disk is too full to stage {self.folder.name}: {free / 1e6:.0f} MB are free in "
                f"{self.folder.parent}, about {needed / 1e6:.0f} MB are needed. Nothing was staged. Make room "
                "(`du -x -h -d 2 / | sort -h` shows what takes it), or keep fewer releases (app_releases_kept)."
            )

    def _unpack(self, artifact: Path) -> None:
        with tarfile.open(artifact) as packed:
            packed.extractall(self.folder, **SAFELY)  # noqa: S202 - by its checksum it's our own build's

    def _compare_with_manifest(self) -> None:
        lines = (self.folder / MANIFEST).read_text(encoding="utf-8").splitlines()
        said = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
        found = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        odd = sorted((found ^ said.keys()) - {MANIFEST})
        for name, digest in said.items():
            if name in found and hashlib.sha256((self.folder / name).read_bytes()).hexdigest() != digest:
                odd.append(name)
        if odd:
            raise SlotError(f"the artifact differs from its manifest: {', '.join(odd[:5])}; build it again")

    def _install(self) -> None:
        venv = self.folder / "venv"
        # The host's own pip installs into it: a pip inside each release would take seconds and be one more to patch.
        self._run("the virtual environment", "/usr/bin/python3", "-m", "venv", "--without-pip", str(venv))
        pip = ["/usr/bin/python3", "-m", "pip", "--python", str(venv / "bin" / "python"), "--disable-pip-version-check"]
        pip += ["install", "--quiet", "--no-index", "--find-links", str(self.folder / "wheels"), "--no-cache-dir"]
        # requirements.txt names everything with its hash, so there is nothing to resolve.
        pip += ["--require-hashes", "--no-deps", "--requirement", str(self.folder / "requirements.txt")]
        self._run("the installation of its wheels", *pip)

    def _run(self, what: str, *command: str) -> None:
        """Run a command to its end, telling the lock meanwhile that it goes on."""
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
            try:
                self._wait(process)
            except BaseException:
                process.kill()
                process.wait()
                raise
            if process.returncode:
                said.seek(0)
                last = said.read().decode(sys.getdefaultencoding(), "replace").strip().splitlines()[-6:]
                raise SlotError("\n".join([f"{what} failed (exit status {process.returncode}):", *last]))

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(int(LIMIT / BEAT)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(BEAT)
                return
            self.beat()
        raise SlotError(f"the installation didn't end within {LIMIT:.0f} s")

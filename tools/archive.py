"""Artifacts as files: manifest, reproducible archive, and the rule that a version's bytes never change."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tarfile
from pathlib import Path


class ArtifactExistsError(Exception):
    """A version was built before with other bytes."""


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path) -> None:
    """Write `manifest.sha256` over every file below a folder, in the form that `sha256sum --check` reads."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / "manifest.sha256").write_text("".join(lines), encoding="utf-8")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member


def pack(folder: Path, target: Path) -> None:
    """Pack a folder so that the same files always give the same bytes: sorted, without times, owners or names."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(folder)), recursive=False, filter=_anonymous)


def keep(packed: Path, artifact: Path) -> bool:
    """Move a packed artifact to its place, with its checksum beside it; return whether it is new.

    Raises:
        ArtifactExistsError: the version is there with other bytes. What is there stays as it is.
    """
    digest = sha256_of(packed)
    if artifact.exists():
        if sha256_of(artifact) == digest:
            return False
        raise ArtifactExistsError(
            f"{artifact.name} was built before with other bytes, and a release never changes. "
            f"Give this build a new VERSION, or remove {artifact} if it was never released anywhere."
        )
    artifact.with_name(artifact.name + ".sha256").write_text(f"{digest}  {artifact.name}\n", encoding="ascii")
    new = artifact.with_name(f".{artifact.name}.{os.getpid()}")  # stages of `make test` may build the same at once
    shutil.copyfile(packed, new)
    new.rename(artifact)
    return True

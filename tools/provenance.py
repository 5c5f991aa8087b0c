"""From which commit a service's sources are, and of when: the same wherever and whenever they are built."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

# What isn't in the artifact doesn't change where it is from.
SOURCES = ("--", ".", ":(exclude)tests")


class Provenance(TypedDict):
    """The commit (`-dirty` where the sources differ from it) and its time; null where git knows neither."""

    commit: str | None
    built: str | None


def provenance(source: Path) -> Provenance:
    """Return the newest commit that changed the sources; not the newest at all, which a page of docs makes.

    Without git, `built` is SOURCE_DATE_EPOCH where that is set (https://reproducible-builds.org/specs/source-date-epoch/).
    """
    said = _git(source, "log", "-1", "--format=%H %ct", *SOURCES)
    if not said:
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        return {"commit": None, "built": _utc(epoch) if epoch else None}
    commit, _, seconds = said.partition(" ")
    dirty = "-dirty" if _git(source, "status", "--porcelain", *SOURCES) else ""
    return {"commit": commit + dirty, "built": _utc(seconds)}


def provenance_of_built(artifact: Path, sources: str) -> Provenance | None:
    """Return what an artifact that was built from the same sources before says; None where there is no such one.

    Committing what was built, or rebasing it, doesn't make it other bytes.
    """
    try:
        with tarfile.open(artifact) as tar:
            file = tar.extractfile("metadata.json")
            said = json.loads(file.read()) if file else {}
    except (OSError, KeyError, ValueError, tarfile.TarError):
        return None
    if said.get("sources") != sources or not {"commit", "built"} <= said.keys():
        return None
    return {"commit": said["commit"], "built": said["built"]}


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.strip()


def _utc(seconds: str) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Tiny services and wheels, made in a test's folder, that need nothing from any network."""

from __future__ import annotations

import hashlib
import os
import subprocess
import textwrap
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# A build backend in the service's own folder (PEP 517), so that no package index is asked for one.
BACKEND = """
import os, time, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    version = os.environ.get("SLIPWAY_VERSION") or "1.0.0"
    name = f"tiny-{version}-py3-none-any.whl"
    info = f"tiny-{version}.dist-info"
    date = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")))[:6]
    files = {
        "tiny/wsgi.py": open("tiny/wsgi.py").read(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: tiny\\nVersion: {version}\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, date), text)
    return name
build_editable = build_wheel
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
dynamic = ["version"]
requires-python = ">=3.11"
dependencies = []
"""


def make_service(folder: Path) -> Path:
    """Make a service without dependencies, with its lock file; return its folder."""
    (folder / "tiny").mkdir(parents=True)
    (folder / "backend.py").write_text(textwrap.dedent(BACKEND), encoding="utf-8")
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (folder / "tiny" / "wsgi.py").write_text("app = None\n", encoding="utf-8")
    subprocess.run(["uv", "lock", "--quiet", "--offline"], cwd=folder, check=True)
    return folder


def git(folder: Path, *arguments: str, **environment: str) -> str:
    """Run git as somebody, at a time if GIT_COMMITTER_DATE says so; return what it printed."""
    somebody = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *somebody, "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, **environment}
    )
    return done.stdout.strip()


def make_wheel(folder: Path, name: str, version: str, tag: str) -> str:
    """Make a wheel that holds nothing; return its hash as a requirement has it."""
    path = folder / f"{name}-{version}-{tag}.whl"
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        wheel.writestr(f"{information}/RECORD", "")
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

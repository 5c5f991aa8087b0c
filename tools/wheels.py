"""The wheels of an artifact: what a service's lock file names, for the Python and the architectures of the hosts."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


class BuildError(Exception):
    """An artifact can't be built. The message says what is wrong and what to do."""


@dataclasses.dataclass(frozen=True)
class Target:
    """What a host offers: its CPython, its architecture, its C library."""

    python: str
    machine: str
    glibc: tuple[int, int]

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"CPython {self.python} {self.machine}"

    @property
    def platforms(self) -> list[str]:
        """The platform tags that such a host accepts, newest first (PEP 600)."""
        major, newest = self.glibc
        return [f"manylinux_{major}_{minor}_{self.machine}" for minor in range(newest, 16, -1)] + [
            f"manylinux2014_{self.machine}"
        ]

    def wants(self, requirement: Requirement) -> bool:
        """Whether a requirement's marker holds on such a host."""
        environment = {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": self.machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
        }
        return requirement.marker is None or requirement.marker.evaluate(environment)


def targets() -> list[Target]:
    """Return what `versions.yml` says of the hosts."""
    hosts = yaml.safe_load((ROOT / "versions.yml").read_text(encoding="utf-8"))["versions"]
    major, minor = map(int, str(hosts["glibc"]).split("."))
    return [Target(str(hosts["python"]), machine, (major, minor)) for machine in hosts["machines"]]


def requirements_for(source: Path) -> list[str]:
    """Return the entries of the service's lock file, each with its hashes, without the service itself.

    Raises:
        BuildError: there is no lock file, or it doesn't fit pyproject.toml.
    """
    command = ["uv", "export", "--quiet", "--locked", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate"]
    exported = subprocess.run([*command, "--project", str(source)], capture_output=True, text=True, check=False)
    if exported.returncode:
        raise BuildError(f"{source}/uv.lock can't be used; `make lock` renews it:\n{exported.stderr.strip()[-2000:]}")
    entries: list[str] = []
    for line in exported.stdout.splitlines():
        if line.startswith(" "):
            entries[-1] += f" {line.strip()}"
        elif line.strip():
            entries.append(line)
    return [entry.replace(" \\", "") for entry in entries]


def _split(entry: str) -> tuple[Requirement, str]:
    requirement, _, hashes = entry.partition(" --hash=")
    return Requirement(requirement.strip()), f"--hash={hashes}"


def collect_wheels(entries: list[str], wanted: list[Target], into: Path) -> list[str]:
    """Download the wheels that the entries name, for each target; return the artifact's requirement lines.

    A requirement that only some targets want keeps its marker.

    Raises:
        BuildError: one has no wheel for a target, or a hash differs from the lock file's.
    """
    needed = [(requirement, hashes) for requirement, hashes in map(_split, entries)]
    for target in wanted:
        lines = [f"{one.name}=={_version(one)} {hashes}\n" for one, hashes in needed if target.wants(one)]
        _download(lines, target, into)
    kept = [(one, hashes) for one, hashes in needed if any(target.wants(one) for target in wanted)]
    return [f"{one} {hashes}\n" for one, hashes in kept]


def _version(requirement: Requirement) -> str:
    return next(iter(requirement.specifier)).version


def _download(lines: list[str], target: Target, into: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(lines)
        file.flush()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "--requirement", file.name, "--dest", str(into)]
        command += ["--implementation", "cp", "--python-version", target.python]
        command += [part for tag in target.platforms for part in ("--platform", tag)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"the wheels for {target} couldn't be fetched:\n{done.stderr.strip()[-2000:]}")

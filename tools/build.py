"""Build a release: one immutable artifact that holds a service and all that it needs, to be installed offline.

Usage: python -m tools.build [VERSION] [--source app] [--output dist]

The artifact `dist/<name>-<version>.tar.gz` holds wheels for every architecture that hosts may have, `requirements.txt`
with a hash for each of them, `metadata.json` (with what the service says of its schema and jobs, and the commit), and
`manifest.sha256` over all of it. The same sources give the same bytes. Without VERSION the service's own version is
taken, with a digest of its sources added, as in 1.4.0+src.1f0c3a9e.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.version import InvalidVersion, Version

from tools import archive
from tools.declared import declared
from tools.migrations import refuse_unsafe
from tools.provenance import Provenance, provenance, provenance_of_built
from tools.wheels import BuildError, collect_wheels, requirements_for, targets

ROOT = Path(__file__).resolve().parent.parent


def source_files(source: Path) -> list[Path]:
    """Return the files of a service that git knows or would take, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]
    listed = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    if listed.returncode:
        return sorted(path for path in source.rglob("*") if path.is_file() and ".venv" not in path.parts)
    return sorted(path for name in listed.stdout.split("\0") if name and (path := source / name).is_file())


def digest_of_sources(source: Path) -> str:
    """Return the SHA-256, in hex, over names and contents of what goes into the artifact (tests don't)."""
    digest = hashlib.sha256()
    for path in source_files(source):
        name = path.relative_to(source)
        if name.parts[0] != "tests":
            digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()


def name_of(source: Path) -> str:
    """Return the service's name as its pyproject.toml says."""
    try:
        return str(tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"])
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{source}/pyproject.toml can't be used: {error!r}") from error


def own_version(source: Path) -> str:
    """Return the version that the service's own build gives it, with a digest of its sources added."""
    with tempfile.TemporaryDirectory() as scratch:
        built = build_service_wheel(source, None, Path(scratch)).name.split("-")[1]
    return f"{built}+src.{digest_of_sources(source)[:8]}"


def proper(version: str) -> str:
    """Return the version in its normal form, since that's what the service will say of itself.

    Raises:
        BuildError: it isn't one.
    """
    try:
        return str(Version(version))
    except InvalidVersion as error:
        raise BuildError(
            f'VERSION is "{version}"; it must be a version as PEP 440 has it, such as 1.4.0 or 1.4.0rc1'
        ) from error


def build_service_wheel(source: Path, version: str | None, into: Path) -> Path:
    """Build the service's own wheel, as the version given or as its own; return its path."""
    environment = os.environ | {"SLIPWAY_VERSION": version or "", "SOURCE_DATE_EPOCH": "315532800"}
    command = ["uv", "build", "--wheel", "--out-dir", str(into), str(source)]
    built = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        raise BuildError(f"the wheel of {source} couldn't be built:\n{built.stderr.strip()[-2000:]}")
    return next(into.glob("*.whl"))


def metadata_of(source: Path, name: str, version: str, origin: Provenance) -> dict[str, object]:
    """Return what the release says of itself; the app hosts decide by it which releases can follow each other."""
    said = declared(source)
    if said.migrations:
        refuse_unsafe(said.migrations)
    return {
        "name": name,
        "version": version,
        "sources": digest_of_sources(source),
        "targets": ", ".join(str(target) for target in targets()),
        "schema": said.schema,
        "jobs": said.jobs,
        **origin,
    }


def assemble(source: Path, metadata: dict[str, object], folder: Path) -> None:
    """Put all that the artifact holds into a folder."""
    wheels = folder / "wheels"
    wheels.mkdir()
    exported = requirements_for(source)
    lines = collect_wheels(exported, targets(), wheels)
    with tempfile.TemporaryDirectory() as scratch:
        own = build_service_wheel(source, str(metadata["version"]), Path(scratch))
        (wheels / own.name).write_bytes(own.read_bytes())
    own_hash = hashlib.sha256((wheels / own.name).read_bytes()).hexdigest()
    lines.append(f"{metadata['name']}=={metadata['version']} --hash=sha256:{own_hash}\n")
    (folder / "requirements.txt").write_text("".join(lines), encoding="utf-8")
    (folder / "metadata.json").write_text(json.dumps(metadata, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    archive.write_manifest(folder)


def build(source: Path, version: str | None, output: Path) -> tuple[Path, bool]:
    """Build the artifact.

    Args:
        source: the folder of the service, with pyproject.toml and uv.lock.
        version: the release's version; None takes the service's own and adds a digest of its sources.
        output: the folder of built artifacts.

    Returns:
        The artifact's path, and whether it is new.

    Raises:
        BuildError: what is wrong and what to do.
    """
    name = name_of(source)
    version = proper(version or own_version(source))
    artifact = output / f"{name}-{version}.tar.gz"
    origin = provenance_of_built(artifact, digest_of_sources(source)) or provenance(source)
    metadata = metadata_of(source, name, version, origin)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "artifact"
        folder.mkdir()
        assemble(source, metadata, folder)
        packed = Path(scratch) / artifact.name
        archive.pack(folder, packed)
        new = archive.keep(packed, artifact)
    return artifact, new


def main(arguments: list[str]) -> int:
    """Build from the command line; 2 when it can't."""
    parser = argparse.ArgumentParser(prog="python -m tools.build", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("version", nargs="?", help="as in 1.4.0; else the service's own with a digest of its sources")
    parser.add_argument("--source", type=Path, default=ROOT / "app", help="the folder of the service")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="where artifacts are kept")
    options = parser.parse_args(arguments)
    try:
        artifact, new = build(options.source.resolve(), options.version, options.output.resolve())
    except (BuildError, archive.ArtifactExistsError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    size = artifact.stat().st_size / 1e6
    sys.stdout.write(
        f"{os.path.relpath(artifact)}  {size:.1f} MB  {'built' if new else 'unchanged, the same bytes as before'}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

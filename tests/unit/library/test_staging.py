"""A release is staged whole or not at all. The installation itself is tested on lab hosts, which have Debian's pip."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.module_utils import staging
from ansible.module_utils.slots import SlotError
from ansible.module_utils.staging import Staging

FILES = {"requirements.txt": b"mailroom==1.4.0\n", "metadata.json": b"{}", "wheels/mailroom.whl": b"wheel"}


def pack(path: Path, files: dict[str, bytes], manifest: dict[str, bytes] | None = None) -> str:
    """Write an artifact whose manifest tells of these files; return its checksum."""
    told = files if manifest is None else manifest
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in told.items())
    with tarfile.open(path, "w:gz") as packed:
        for name, content in (files | {"manifest.sha256": lines.encode()}).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return tmp_path / "incoming.tar.gz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    releases = tmp_path / "releases"
    releases.mkdir()
    return releases / "1.4.0"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install nothing, and keep this process' priority."""
    monkeypatch.setattr(Staging, "_run", lambda *_: None)
    monkeypatch.setattr("os.nice", lambda _: 0)


def beat() -> None:
    """Say nothing to nobody."""


def test_a_staged_release_is_complete_and_keeps_its_artifact(artifact: Path, folder: Path) -> None:
    sha256 = pack(artifact, FILES)
    Staging(folder, sha256, beat).stage(artifact)

    assert Staging(folder, sha256, beat).complete()
    assert hashlib.sha256((folder / "artifact.tar.gz").read_bytes()).hexdigest() == sha256
    assert not (folder / "wheels").exists()
    assert not artifact.exists()


def test_a_release_that_was_half_staged_is_not_complete_and_is_staged_anew(artifact: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "left").touch()
    sha256 = pack(artifact, FILES)
    release = Staging(folder, sha256, beat)

    assert not release.complete()
    release.stage(artifact)
    assert not (folder / "left").exists()


def test_other_bytes_under_the_same_version_are_refused(artifact: Path, folder: Path) -> None:
    sha256 = pack(artifact, FILES)
    Staging(folder, sha256, beat).stage(artifact)

    with pytest.raises(SlotError, match=r"1\.4\.0 was staged here from an artifact with the checksum .*never changes"):
        Staging(folder, "0" * 64, beat).complete()


def test_an_artifact_that_arrived_otherwise_is_refused_and_leaves_nothing(artifact: Path, folder: Path) -> None:
    pack(artifact, FILES)

    with pytest.raises(SlotError, match="the artifact arrived with the checksum"):
        Staging(folder, "0" * 64, beat).stage(artifact)
    assert not folder.exists()
    assert not artifact.exists()


@pytest.mark.parametrize(
    "manifest",
    [{**FILES, "requirements.txt": b"other"}, {**FILES, "more": b""}, {"requirements.txt": FILES["requirements.txt"]}],
    ids=["another content", "a file too few", "a file too many"],
)
def test_what_differs_from_the_manifest_is_refused(artifact: Path, folder: Path, manifest: dict[str, bytes]) -> None:
    sha256 = pack(artifact, FILES, manifest)

    with pytest.raises(SlotError, match="the artifact differs from its manifest"):
        Staging(folder, sha256, beat).stage(artifact)
    assert not folder.exists()


def test_a_full_disk_is_told_with_its_figures_before_anything_is_unpacked(
    artifact: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = pack(artifact, {**FILES, "wheels/big.whl": b"x" * 2_000_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1e6))

    with pytest.raises(SlotError, match=r"1 MB are free in .*releases, about 8 MB are needed\. Nothing was staged"):
        Staging(folder, sha256, beat).stage(artifact)


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="this Python's tarfile has no filters; the hosts' has")
def test_a_path_out_of_the_folder_is_refused(artifact: Path, folder: Path) -> None:
    sha256 = pack(artifact, {**FILES, "../../escaped": b""})

    with pytest.raises(tarfile.OutsideDestinationError):  # type: ignore[attr-defined,unused-ignore]
        Staging(folder, sha256, beat).stage(artifact)
    assert not (folder.parent.parent / "escaped").exists()


def test_losing_the_lock_ends_the_installation(artifact: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> None:
        raise SlotError("the lock was taken from us")

    monkeypatch.undo()
    monkeypatch.setattr("os.nice", lambda _: 0)
    monkeypatch.setattr(staging, "BEAT", 0.05)
    release = Staging(folder, pack(artifact, FILES), lost)
    monkeypatch.setattr(Staging, "_install", lambda self: self._run("a long sleep", "/bin/sleep", "60"))

    with pytest.raises(SlotError, match="the lock was taken from us"):
        release.stage(artifact)
    assert not folder.exists()


def test_a_failed_installation_is_told_with_its_last_words(
    artifact: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("os.nice", lambda _: 0)
    command = ("/bin/sh", "-c", "echo no such wheel; exit 3")
    monkeypatch.setattr(Staging, "_install", lambda self: self._run("the installation of its wheels", *command))

    with pytest.raises(SlotError, match=r"wheels failed \(exit status 3\):\nno such wheel"):
        Staging(folder, pack(artifact, FILES), beat).stage(artifact)

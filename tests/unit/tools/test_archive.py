"""An artifact's bytes depend on its files alone, can be checked by anybody, and never change under a name."""

from __future__ import annotations

import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from tools import archive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to pack."""
    made = tmp_path / "artifact"
    (made / "wheels").mkdir(parents=True)
    (made / "wheels" / "b.whl").write_bytes(b"\0\1\2")
    (made / "wheels" / "a file.whl").write_bytes(b"")
    (made / "requirements.txt").write_text("ä==1\n", encoding="utf-8")
    return made


def check_sums(folder: Path, manifest: str) -> subprocess.CompletedProcess[str]:
    """Check a folder as the role does on a host."""
    command = ["sha256sum", "--check", "--strict", "--quiet", manifest]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def packed(folder: Path, target: Path) -> bytes:
    """Return the bytes of a packed folder."""
    archive.pack(folder, target)
    return target.read_bytes()


def test_sha256sum_can_read_the_manifest(folder: Path) -> None:
    archive.write_manifest(folder)

    assert check_sums(folder, "manifest.sha256").returncode == 0


def test_the_manifest_names_every_file_but_itself(folder: Path) -> None:
    archive.write_manifest(folder)

    names = [line.split(maxsplit=1)[1] for line in (folder / "manifest.sha256").read_text().splitlines()]
    assert names == ["requirements.txt", "wheels/a file.whl", "wheels/b.whl"]


def test_a_changed_byte_is_found_by_the_manifest(folder: Path) -> None:
    archive.write_manifest(folder)
    (folder / "wheels" / "b.whl").write_bytes(b"\0\1\3")

    checked = check_sums(folder, "manifest.sha256")

    assert checked.returncode == 1
    assert "wheels/b.whl: FAILED" in checked.stdout


def test_times_and_modes_of_the_files_leave_no_trace(folder: Path, tmp_path: Path) -> None:
    before = packed(folder, tmp_path / "one.tar.gz")

    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)

    assert packed(folder, tmp_path / "two.tar.gz") == before


def test_an_unpacked_artifact_belongs_to_root_and_is_nobodys_to_change(folder: Path, tmp_path: Path) -> None:
    (folder / "requirements.txt").chmod(0o666)
    archive.pack(folder, tmp_path / "one.tar.gz")

    with tarfile.open(tmp_path / "one.tar.gz") as tar:
        members = {member.name: member for member in tar}

    assert {(member.uid, member.gid, member.mtime) for member in members.values()} == {(0, 0, 0)}
    assert members["requirements.txt"].mode == 0o644
    assert members["wheels"].mode == 0o755


def test_a_new_artifact_is_kept_with_its_checksum_beside_it(tmp_path: Path) -> None:
    (tmp_path / "built").write_bytes(b"one")

    assert archive.keep(tmp_path / "built", tmp_path / "tiny-1.0.tar.gz")

    assert (tmp_path / "tiny-1.0.tar.gz").read_bytes() == b"one"
    assert check_sums(tmp_path, "tiny-1.0.tar.gz.sha256").returncode == 0


def test_the_same_bytes_again_are_nothing_new(tmp_path: Path) -> None:
    (tmp_path / "built").write_bytes(b"one")
    archive.keep(tmp_path / "built", tmp_path / "tiny-1.0.tar.gz")
    before = (tmp_path / "tiny-1.0.tar.gz").stat()

    assert not archive.keep(tmp_path / "built", tmp_path / "tiny-1.0.tar.gz")
    assert (tmp_path / "tiny-1.0.tar.gz").stat() == before


def test_other_bytes_under_a_name_are_refused_and_change_nothing(tmp_path: Path) -> None:
    artifact = tmp_path / "dist" / "tiny-1.0.tar.gz"
    artifact.parent.mkdir()
    for content in (b"one", b"two"):
        (tmp_path / content.decode()).write_bytes(content)
    archive.keep(tmp_path / "one", artifact)
    before = {path.name: path.read_bytes() for path in artifact.parent.iterdir()}

    with pytest.raises(archive.ArtifactExistsError) as refusal:
        archive.keep(tmp_path / "two", artifact)

    assert str(refusal.value) == (
        "tiny-1.0.tar.gz was built before with other bytes, and a release never changes. "
        f"Give this build a new VERSION, or remove {artifact} if it was never released anywhere."
    )
    assert {path.name: path.read_bytes() for path in artifact.parent.iterdir()} == before

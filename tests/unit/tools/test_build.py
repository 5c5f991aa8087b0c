"""The same sources give the same artifact, wherever and whenever; a version names one artifact for good."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.unit.tools.services import git, make_service
from tools.archive import ArtifactExistsError
from tools.build import build, digest_of_sources, main, proper
from tools.provenance import provenance
from tools.wheels import BuildError


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service of two lines."""
    return make_service(tmp_path / "tiny")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """The folder of built artifacts."""
    return tmp_path / "dist"


def unpacked(artifact: Path) -> dict[str, bytes]:
    """Return what an artifact holds."""
    with tarfile.open(artifact) as tar:
        return {member.name: file.read() for member in tar if (file := tar.extractfile(member))}


def test_an_artifact_holds_all_that_a_host_needs(service: Path, dist: Path) -> None:
    artifact, new = build(service, "1.4.0", dist)

    assert (artifact, new) == (dist / "tiny-1.4.0.tar.gz", True)
    held = unpacked(artifact)
    assert set(held) == {
        "manifest.sha256",
        "metadata.json",
        "requirements.txt",
        "wheels/tiny-1.4.0-py3-none-any.whl",
    }
    wheel = hashlib.sha256(held["wheels/tiny-1.4.0-py3-none-any.whl"]).hexdigest()
    assert held["requirements.txt"].decode() == f"tiny==1.4.0 --hash=sha256:{wheel}\n"


def test_the_metadata_names_version_sources_and_targets(service: Path, dist: Path) -> None:
    metadata = json.loads(unpacked(build(service, "1.4.0", dist)[0])["metadata.json"])

    assert metadata == {
        "name": "tiny",
        "version": "1.4.0",
        "sources": digest_of_sources(service),
        "targets": "CPython 3.13 x86_64, CPython 3.13 aarch64",
        "schema": None,
        "jobs": {"reads": [1], "writes": 1},
        "commit": None,
        "built": None,
    }


def test_the_same_sources_elsewhere_and_later_give_the_same_bytes(service: Path, dist: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a copy"
    shutil.copytree(service, elsewhere)
    for path in elsewhere.rglob("*"):
        os.utime(path, (10**9, 10**9))

    one, _ = build(service, "1.4.0", dist)
    two, _ = build(elsewhere, "1.4.0", tmp_path / "other dist")

    assert one.read_bytes() == two.read_bytes()


def test_committing_what_was_built_changes_nothing(service: Path, dist: Path) -> None:
    git(service, "init", "--quiet")
    built, _ = build(service, None, dist)
    git(service, "add", ".")
    git(service, "commit", "--quiet", "--message", "The same sources")

    assert build(service, None, dist) == (built, False)


def test_the_metadata_name_the_commit_and_its_time(service: Path, dist: Path) -> None:
    git(service, "init", "--quiet")
    git(service, "add", ".")
    git(service, "commit", "--quiet", "--message", "First", "--date", "@1790337600")

    metadata = json.loads(unpacked(build(service, "1.4.0", dist)[0])["metadata.json"])

    assert (metadata["commit"], metadata["built"]) == tuple(provenance(service).values())
    assert len(metadata["commit"]) == 40


def test_a_second_build_says_that_nothing_is_new(service: Path, dist: Path) -> None:
    first, _ = build(service, "1.4.0", dist)

    assert build(service, "1.4.0", dist) == (first, False)


def test_other_sources_under_a_version_that_was_built_are_refused(service: Path, dist: Path) -> None:
    artifact, _ = build(service, "1.4.0", dist)
    before = artifact.read_bytes()
    (service / "tiny" / "wsgi.py").write_text("app = 1\n", encoding="utf-8")

    with pytest.raises(ArtifactExistsError, match=r"tiny-1\.4\.0\.tar\.gz was built before with other bytes"):
        build(service, "1.4.0", dist)

    assert artifact.read_bytes() == before
    assert {path.name for path in dist.iterdir()} == {"tiny-1.4.0.tar.gz", "tiny-1.4.0.tar.gz.sha256"}


def test_without_a_version_the_sources_name_it(service: Path, dist: Path) -> None:
    one, _ = build(service, None, dist)
    (service / "tiny" / "wsgi.py").write_text("app = 1\n", encoding="utf-8")
    two, _ = build(service, None, dist)

    assert one.name.startswith("tiny-1.0.0+src.")
    assert len(one.name) == len("tiny-1.0.0+src.12345678.tar.gz")
    assert one != two


def test_tests_of_the_service_are_not_in_its_sources(service: Path) -> None:
    before = digest_of_sources(service)
    (service / "tests").mkdir()
    (service / "tests" / "test_it.py").touch()

    assert digest_of_sources(service) == before


def test_files_that_git_ignores_are_not_in_its_sources(service: Path) -> None:
    git(service, "init", "--quiet")
    (service / ".gitignore").write_text("*.log\n", encoding="utf-8")
    before = digest_of_sources(service)
    (service / "debug.log").touch()

    assert digest_of_sources(service) == before


@pytest.mark.parametrize(("given", "normal"), [("1.4.0-rc1", "1.4.0rc1"), ("v2.0", "2.0"), ("1.0+SRC.a", "1.0+src.a")])
def test_a_version_is_brought_into_its_normal_form(given: str, normal: str) -> None:
    assert proper(given) == normal


@pytest.mark.parametrize("version", ["banana", "1.0 beta!", "../1.0"])
def test_what_is_no_version_is_refused(
    service: Path, dist: Path, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    assert main([version, "--source", str(service), "--output", str(dist)]) == 2

    assert capsys.readouterr().err == (
        f'VERSION is "{version}"; it must be a version as PEP 440 has it, such as 1.4.0 or 1.4.0rc1\n'
    )
    assert not dist.exists()


def test_a_folder_without_a_service_is_refused(tmp_path: Path, dist: Path) -> None:
    with pytest.raises(BuildError, match=r"pyproject\.toml can't be used: FileNotFoundError"):
        build(tmp_path, "1.0", dist)


def test_a_service_that_cannot_be_built_says_why(service: Path, dist: Path) -> None:
    (service / "backend.py").write_text("raise RuntimeError('this backend is broken')\n", encoding="utf-8")

    with pytest.raises(BuildError, match=r"couldn't be built:(.|\n)*this backend is broken"):
        build(service, "1.0", dist)

    assert list(dist.iterdir()) == []


def test_the_command_says_where_the_artifact_is(service: Path, dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["1.4.0", "--source", str(service), "--output", str(dist)]

    assert [main(arguments), main(arguments)] == [0, 0]

    first, second = capsys.readouterr().out.splitlines()
    assert Path(first.split()[0]).name == "tiny-1.4.0.tar.gz"
    assert first.endswith("built")
    assert second.endswith("unchanged, the same bytes as before")

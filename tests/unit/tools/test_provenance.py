"""Which commit the sources are from: the newest that changed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.tools.services import git, make_service
from tools.build import build
from tools.provenance import provenance

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a service in its folder `tiny`, committed on 2026-09-25 12:00 UTC."""
    make_service(tmp_path / "repository" / "tiny")
    git(tmp_path / "repository", "init", "--quiet")
    commit(tmp_path / "repository", "2026-09-25T12:00:00Z")
    return tmp_path / "repository"


def commit(repository: Path, date: str) -> str:
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "Change it", GIT_COMMITTER_DATE=date)
    return git(repository, "rev-parse", "HEAD")


def test_it_is_the_newest_commit_that_changed_the_sources(repository: Path) -> None:
    of_sources = git(repository, "rev-parse", "HEAD")
    (repository / "README.md").touch()
    (repository / "tiny" / "tests").mkdir()
    (repository / "tiny" / "tests" / "test_it.py").touch()
    commit(repository, "2026-09-26T12:00:00Z")

    assert provenance(repository / "tiny") == {"commit": of_sources, "built": "2026-09-25T12:00:00Z"}


@pytest.mark.parametrize("name", ["tiny/wsgi.py", "new.py"])
def test_sources_that_differ_from_the_commit_are_called_dirty(repository: Path, name: str) -> None:
    (repository / "tiny" / name).write_text("app = 1\n", encoding="utf-8")

    assert provenance(repository / "tiny")["commit"] == f"{git(repository, 'rev-parse', 'HEAD')}-dirty"


def test_a_test_that_was_changed_makes_nothing_dirty(repository: Path) -> None:
    (repository / "tiny" / "tests").mkdir()
    (repository / "tiny" / "tests" / "test_it.py").touch()

    assert provenance(repository / "tiny")["commit"] == git(repository, "rev-parse", "HEAD")


def test_without_git_only_the_time_that_the_environment_gives_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    unknown = provenance(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790337600")

    assert unknown == {"commit": None, "built": None}
    assert provenance(tmp_path) == {"commit": None, "built": "2026-09-25T12:00:00Z"}


def test_what_was_built_keeps_its_commit_when_the_same_sources_are_committed_again(
    repository: Path, tmp_path: Path
) -> None:
    first, _ = build(repository / "tiny", "1.4.0", tmp_path)
    git(repository, "commit", "--quiet", "--amend", "--message", "Said better")

    assert build(repository / "tiny", "1.4.0", tmp_path) == (first, False)

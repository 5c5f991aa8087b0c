"""Which release is the previous one, and that its tests fail on a schema that broke it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.tools.services import git
from tools import previous
from tools.previous import Repository, lay_schema
from tools.reports import read_cases
from tools.wheels import ROOT

TryMigration = Callable[[str], tuple[int, set[str]]]
OUTSIDE = "-- migrate: outside a transaction\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a service, three commits old: its first state, its migration, something else."""
    folder = tmp_path / "repository"
    (folder / "app" / "migrations").mkdir(parents=True)
    git(folder, "init", "--quiet")
    commit(folder, "app/pyproject.toml")
    commit(folder, "app/migrations/0001_first.sql")
    commit(folder, "README.md")
    return folder


def commit(folder: Path, name: str, text: str = "") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", f"Change {name}")
    return git(folder, "rev-parse", "HEAD")


def clone(source: Path, into: Path, *options: str) -> Path:
    git(source.parent, "clone", "--quiet", *options, f"file://{source}", str(into))
    return into


def test_it_is_the_newest_tag_before_this_commit(repository: Path) -> None:
    git(repository, "tag", "mailroom-1.3.0", "HEAD~2")
    git(repository, "tag", "--annotate", "--message", "1.4.0", "mailroom-1.4.0", "HEAD~1")
    git(repository, "tag", "mailroom-1.5.0")
    git(repository, "tag", "other-9.9", "HEAD~1")

    found = Repository(repository).previous()

    assert found.commit == git(repository, "rev-parse", "HEAD~1")
    assert found.why == "the newest tag before this commit, mailroom-1.4.0"


def test_without_tags_it_is_the_state_before_the_newest_migration(repository: Path) -> None:
    before = git(repository, "rev-parse", "HEAD")
    newest = commit(repository, "app/migrations/0002_second.sql")
    commit(repository, "app/later.py")

    found = Repository(repository).previous()

    assert found == previous.Previous(before, f"the commit before {newest[:12]}, which changed app/migrations last")


def test_a_migration_that_is_not_committed_is_compared_with_what_is(repository: Path) -> None:
    (repository / "app" / "migrations" / "0002_second.sql").touch()

    found = Repository(repository).previous()

    assert found.commit == git(repository, "rev-parse", "HEAD")
    assert found.why == "this commit, since its migrations were changed since"


def test_where_the_service_began_with_its_migrations_it_is_where_the_branch_left_main(
    tmp_path: Path,
) -> None:
    origin = tmp_path / "origin"
    (origin / "app" / "migrations").mkdir(parents=True)
    git(origin, "init", "--quiet")
    (origin / "app" / "pyproject.toml").touch()
    on_main = commit(origin, "app/migrations/0001_first.sql")
    branch = clone(origin, tmp_path / "branch")
    commit(branch, "app/one.py")
    commit(branch, "app/two.py")

    assert Repository(branch).previous() == previous.Previous(on_main, "where this branch left origin/main")
    git(branch, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert Repository(branch).previous().commit == git(branch, "rev-parse", "HEAD^")


def test_of_a_shallow_clone_the_rest_is_fetched(repository: Path, tmp_path: Path) -> None:
    shallow = clone(repository, tmp_path / "shallow", "--depth", "1")

    found = Repository(shallow).previous()

    assert found.commit == git(repository, "rev-parse", "HEAD~2")
    assert git(shallow, "rev-parse", "--is-shallow-repository") == "false"


def test_a_shallow_clone_whose_origin_is_gone_is_skipped_with_the_reason(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shallow = clone(repository, tmp_path / "shallow", "--depth", "1")
    git(shallow, "remote", "set-url", "origin", f"file://{tmp_path}/nowhere")

    status = previous.main(["--repository", str(shallow), "--junitxml", str(tmp_path / "report.xml")])

    reason = "there is no earlier commit with an app/ here: the clone is shallow and the rest can't be fetched (git"
    assert status == 0
    assert capsys.readouterr().out.startswith(f"skipped: {reason}")
    assert [case.outcome for case in read_cases(tmp_path / "report.xml")] == ["skipped"]


def test_the_first_commit_has_none_before_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "app").mkdir()
    commit(tmp_path, "app/pyproject.toml")

    found = Repository(tmp_path).previous()

    assert found == previous.Previous(None, "there is no earlier commit with an app/ here: it is the first")


def test_the_schema_is_laid_in_a_form_that_every_earlier_migrate_can_run(tmp_path: Path) -> None:
    present, old = tmp_path / "present", tmp_path / "old"
    present.mkdir()
    old.mkdir()
    (old / "0001_other.sql").touch()
    (present / "0001_first.sql").write_text("CREATE TABLE a (b int);\n", encoding="utf-8")
    (present / "0002_drop.contract.sql").write_text("DROP TABLE a;\n", encoding="utf-8")
    index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b);\n"
    (present / "0003_index.sql").write_text(OUTSIDE + index, encoding="utf-8")

    lay_schema(present, old)

    assert {path.name: path.read_text(encoding="utf-8").strip() for path in old.iterdir()} == {
        "0001_first.sql": "CREATE TABLE a (b int);",
        "0002_drop.sql": "SELECT 'a contract step runs later';",
        "0003_index.sql": "CREATE INDEX IF NOT EXISTS i ON a (b);",
    }


@pytest.fixture(scope="module")
def mailroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds Mailroom as it is here, committed."""
    if not (list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")):
        pytest.skip("PostgreSQL isn't installed: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("mailroom")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "app"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "The previous release")
    return folder


@pytest.fixture
def try_migration(mailroom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TryMigration]:
    """Add a migration to the present tree; return the command's status and what became of the tests of keys."""
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(mailroom / ".venv"))
    shipped = len(list((mailroom / "app" / "migrations").glob("*.sql")))
    new = mailroom / "app" / "migrations" / f"{shipped + 1:04d}_change.sql"

    def run(statement: str) -> tuple[int, set[str]]:
        new.write_text(f"{statement};\n", encoding="utf-8")
        report = tmp_path / "report.xml"
        arguments = ["--repository", str(mailroom), "--junitxml", str(report)]
        # One file in one process: three would load all of the tests each.
        only = ["-q", "-k", "test_keys", "--numprocesses", "0"]
        return previous.main([*arguments, "--", *only]), {case.outcome for case in read_cases(report)}

    yield run
    new.unlink()


@pytest.mark.slow
def test_the_previous_releases_tests_pass_on_a_schema_that_only_grew(try_migration: TryMigration) -> None:
    assert try_migration("ALTER TABLE api_keys ADD COLUMN note text") == (0, {"passed"})


@pytest.mark.slow
def test_the_previous_releases_tests_fail_on_a_schema_that_broke_it(
    try_migration: TryMigration, capfd: pytest.CaptureFixture[str]
) -> None:
    status, outcomes = try_migration("ALTER TABLE api_keys RENAME COLUMN key_hash TO hash")

    assert (status, outcomes) == (1, {"failed"})
    assert "doesn't work on the schema of this tree: it would fail while the release travels" in capfd.readouterr().err

"""What locks a table for long or breaks the release before is refused, with file, line, reason and safe form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.unit.tools.services import make_service
from tools import migrations
from tools.build import ROOT, build
from tools.wheels import BuildError

if TYPE_CHECKING:
    from pathlib import Path

Write = Callable[..., "Path"]
OUTSIDE = "-- migrate: outside a transaction\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a second migration; return its folder."""
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE messages (id bigint PRIMARY KEY);\n", encoding="utf-8")

    def make(text: str, name: str = "0002_second.sql") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return make


def refused(folder: Path) -> str:
    with pytest.raises(BuildError) as error:
        migrations.refuse_unsafe(folder)
    return str(error.value)


def rules(folder: Path) -> list[str]:
    lines = refused(folder).splitlines()
    return [line.split(":")[0].strip() for line in lines if line.startswith("  ") and not line.startswith("  safe: ")]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE messages ADD COLUMN a text NOT NULL", "adding-required-field"),
        ("ALTER TABLE messages ADD a text NOT NULL", "adding-required-field"),
        ("ALTER TABLE messages ADD COLUMN a uuid DEFAULT gen_random_uuid()", "adding-field-with-default"),
        ("ALTER TABLE messages ADD COLUMN a int GENERATED ALWAYS AS (1) STORED", "adding-field-with-default"),
        ("ALTER TABLE messages ADD COLUMN a numeric(8, 2) CHECK (a > 0)", "check-in-new-column"),
        ("ALTER TABLE messages ADD COLUMN a text UNIQUE", "disallowed-unique-constraint"),
        ("ALTER TABLE messages ADD COLUMN a bigint REFERENCES messages (id)", "adding-foreign-key-constraint"),
        ("ALTER TABLE messages DROP COLUMN a", "ban-drop-column"),
        ("ALTER TABLE messages RENAME COLUMN a TO b", "renaming-column"),
        ("ALTER TABLE messages RENAME TO mails", "renaming-table"),
        ("ALTER TABLE messages SET SCHEMA other", "ban-set-schema"),
        ("ALTER TABLE messages ALTER COLUMN a TYPE bigint", "changing-column-type"),
        ("ALTER TABLE messages ALTER COLUMN a SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE messages ALTER COLUMN a DROP NOT NULL", "ban-drop-not-null"),
        ("ALTER TABLE messages ALTER COLUMN a DROP DEFAULT", "ban-drop-default"),
        ("ALTER TABLE messages ADD CONSTRAINT c CHECK (a > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE messages DROP CONSTRAINT c", "ban-drop-constraint"),
        ("ALTER TABLE messages SET UNLOGGED", "rewrites-a-table"),
        ("ALTER TABLE messages ENABLE ROW LEVEL SECURITY", "changes-what-statements-do"),
        ("CREATE INDEX i ON messages (a)", "require-concurrent-index-creation"),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON messages (a)", "concurrently-in-transaction"),
        ("DROP INDEX i", "require-concurrent-index-deletion"),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", "concurrently-in-transaction"),
        ("REINDEX TABLE messages", "require-concurrent-reindex"),
        ("DROP TABLE messages", "ban-drop-table"),
        ("DROP VIEW v", "ban-drop-view"),
        ("DROP TYPE t", "ban-drop-type"),
        ("TRUNCATE messages", "truncates"),
        ("UPDATE messages SET a = 1", "changes-rows"),
        ("WITH old AS (SELECT 1) DELETE FROM messages", "changes-rows"),
        ("INSERT INTO messages SELECT * FROM others", "changes-rows"),
        ("LOCK TABLE messages", "locks-a-table"),
        ("CREATE TRIGGER t BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION f()", "changes-what-statements-do"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "changes-what-statements-do"),
        ("REVOKE SELECT ON messages FROM mailroom", "takes-rights-away"),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE messages'; END $$", "cannot-be-read"),
        ("SET lock_timeout = 0", "sets-what-migrate-sets"),
        ("COMMIT", "transaction-nesting"),
    ],
)
def test_what_is_unsafe_on_a_table_in_use_is_refused(write: Write, statement: str, rule: str) -> None:
    assert rule in rules(write(f"{statement};\n"))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE messages ADD COLUMN a text",
        "ALTER TABLE messages ADD COLUMN a text NOT NULL DEFAULT 'x', ADD COLUMN b timestamptz",
        "ALTER TABLE messages ALTER COLUMN a SET DEFAULT 'check (x)'",
        "ALTER TABLE messages ADD COLUMN a int, ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        "ALTER TABLE messages VALIDATE CONSTRAINT c",
        "ALTER TABLE messages ADD CONSTRAINT u UNIQUE USING INDEX i",
        "INSERT INTO messages (id) VALUES (1)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; UPDATE messages SET a = 1 $$",
        "COMMENT ON TABLE messages IS 'DROP TABLE messages;'",
        "-- DROP TABLE messages;\nSELECT 1",
        OUTSIDE + "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON messages (a)",
        OUTSIDE + "DROP INDEX CONCURRENTLY IF EXISTS i",
    ],
)
def test_what_is_safe_passes(write: Write, statement: str) -> None:
    migrations.refuse_unsafe(write(f"{statement};\n"))


def test_anything_may_be_done_to_a_table_that_is_new_in_the_same_file(write: Write) -> None:
    migrations.refuse_unsafe(
        write("""
            CREATE TABLE hooks (id bigint PRIMARY KEY, url text UNIQUE CHECK (url <> ''), m bigint REFERENCES messages);
            CREATE INDEX hooks_url ON public.hooks (url);
            CREATE UNIQUE INDEX ON "hooks" USING btree (url);
            ALTER TABLE hooks ADD COLUMN x int NOT NULL, ADD COLUMN y uuid DEFAULT gen_random_uuid();
            ALTER TABLE ONLY hooks ADD CONSTRAINT c CHECK (x > 0);
            ALTER TABLE hooks ADD FOREIGN KEY (id) REFERENCES messages (id);
            ALTER TABLE hooks ALTER COLUMN x SET NOT NULL, ALTER COLUMN x TYPE bigint, DROP COLUMN x;
            ALTER TABLE hooks RENAME COLUMN y TO z;
            CREATE TRIGGER t BEFORE INSERT ON hooks FOR EACH ROW EXECUTE FUNCTION f();
            INSERT INTO hooks SELECT id FROM messages;
            UPDATE hooks SET z = NULL;
            DROP INDEX hooks_url;
        """)
    )


def test_a_table_that_may_have_been_there_is_not_taken_for_new(write: Write) -> None:
    assert rules(write("CREATE TABLE IF NOT EXISTS hooks (id bigint PRIMARY KEY);\n")) == ["may-be-there"]


def test_dropping_a_new_table_does_not_cover_an_old_one_in_the_same_statement(write: Write) -> None:
    assert rules(write("CREATE TABLE hooks (id bigint PRIMARY KEY);\nDROP TABLE hooks, messages;\n")) == [
        "ban-drop-table"
    ]


def test_a_refusal_names_file_line_reason_and_safe_form(write: Write) -> None:
    folder = write("-- Why it is done.\n\nSELECT 1;\nALTER TABLE messages\n    DROP COLUMN a;\n")

    assert refused(folder) == (
        f"{folder}/0002_second.sql:4: ALTER TABLE messages DROP COLUMN a\n"
        "  ban-drop-column: the release before still reads or writes it\n"
        "  safe: let a release go out that doesn't use it, then remove it in a file NNNN_what.contract.sql\n"
        "Where a statement is safe all the same, say why in a comment above it: -- migrate: allow RULE: the reason "
        "(docs/migrations.md)"
    )


def test_every_file_is_looked_at_and_all_is_said_at_once(write: Write) -> None:
    write("DROP TABLE a;\nDROP TABLE b;\n")

    said = refused(write("UPDATE messages SET a = 1;\n", "0003_third.sql"))

    assert [line.split("/")[-1].split(" ")[0] for line in said.splitlines() if ".sql:" in line] == [
        "0002_second.sql:1:",
        "0002_second.sql:2:",
        "0003_third.sql:1:",
    ]


def test_a_contract_step_may_remove_but_not_lock(write: Write) -> None:
    text = "ALTER TABLE messages DROP COLUMN a;\nDROP TABLE old;\n"
    migrations.refuse_unsafe(write(text, "0002_second.contract.sql"))

    assert rules(write("CREATE INDEX i ON messages (a);\n", "0003_third.contract.sql")) == [
        "require-concurrent-index-creation"
    ]


@pytest.mark.parametrize("statement", ["ALTER TABLE messages RENAME TO mails", "TRUNCATE messages"])
def test_a_contract_step_may_not_break_its_own_release(write: Write, statement: str) -> None:
    assert rules(write(f"{statement};\n", "0002_second.contract.sql"))


def test_a_comment_with_a_reason_allows_one_statement(write: Write) -> None:
    allowed = "-- migrate: allow truncates: nothing has used it for a year\nTRUNCATE messages;\n"

    migrations.refuse_unsafe(write(allowed))

    assert refused(write(f"{allowed}TRUNCATE others;\n")).splitlines()[0].endswith("0002_second.sql:3: TRUNCATE others")


@pytest.mark.parametrize("comment", ["-- migrate: allow changes-rows", "-- migrate: allow changes-rows:  "])
def test_a_comment_without_a_reason_allows_nothing(write: Write, comment: str) -> None:
    assert "changes-rows: the comment that allows it gives no reason" in refused(
        write(f"{comment}\nUPDATE messages SET a = 1;\n")
    )


def test_a_comment_that_allows_what_is_not_there_is_refused(write: Write) -> None:
    text = "-- migrate: allow changes-rows: the table is small\nALTER TABLE messages ADD COLUMN a text;\n"

    assert "changes-rows: a comment allows what isn't there" in refused(write(text))


def test_squawks_own_comment_which_gives_no_reason_is_refused(write: Write) -> None:
    assert "no-reason" in rules(write("-- squawk-ignore ban-drop-table\nDROP TABLE messages;\n"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY i ON messages (a)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS ON messages (a)",
        "DROP INDEX CONCURRENTLY i",
        "ALTER TABLE messages ADD COLUMN a text",
    ],
)
def test_a_file_outside_a_transaction_holds_only_what_can_be_repeated(write: Write, statement: str) -> None:
    assert "not-repeatable" in rules(write(f"{OUTSIDE}{statement};\n")) or "syntax-error" in rules(
        write(f"{OUTSIDE}{statement};\n")
    )


def test_sql_that_cannot_be_read_is_refused(write: Write) -> None:
    assert "syntax-error" in rules(write("ALTER TABEL messages ADD COLUMN a text;\n"))


def test_an_unsafe_migration_stops_the_build(tmp_path: Path) -> None:
    service = make_service(tmp_path / "tiny")
    with (service / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.slipway]\nmigrations = "migrations"\nschema = { needs = 1 }\n')
    (service / "migrations").mkdir()
    (service / "migrations" / "0001_first.sql").write_text("DROP TABLE messages;\n", encoding="utf-8")

    with pytest.raises(BuildError, match=r"0001_first\.sql:1: DROP TABLE messages"):
        build(service, "1.4.0", tmp_path / "dist")

    assert not (tmp_path / "dist").exists()


def test_mailrooms_own_migrations_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrations.main([]) == 0

    assert f"migrations in {ROOT / 'app' / 'migrations'}: none locks a table for long" in capsys.readouterr().out

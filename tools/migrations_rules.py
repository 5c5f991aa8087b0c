"""What a migration may not do while the release before serves, why, and the safe form of it.

Most is found by squawk (https://squawkhq.com), whose names the rules keep; EXTRA are those that it doesn't have.
`contract` marks what a contract step is there for: by then nothing runs any more that needs what it removes.
"""

from __future__ import annotations

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Rule:
    """Why something is refused and how it is done instead."""

    reason: str
    safe: str
    contract: bool = False


LATER = "let a release go out that doesn't use it, then remove it in a file NNNN_what.contract.sql"
NOT_VALID = "ADD CONSTRAINT … NOT VALID here, VALIDATE CONSTRAINT in the next file"
INDEX_FIRST = "CREATE UNIQUE INDEX CONCURRENTLY in a file outside a transaction, then ADD CONSTRAINT … USING INDEX"
NEW_COLUMN = "add a new column, have the release write both and fill the old rows in small steps, contract later"
NEW_NAME = "make a new one beside it, let the release use that, contract later"
OUTSIDE_FILE = 'in a file of its own with the first line "-- migrate: outside a transaction"'

RULES = {
    "adding-field-with-default": Rule("it rewrites the whole table under a lock that stops all reading", NEW_COLUMN),
    "adding-foreign-key-constraint": Rule("it reads both tables while nobody may write to them", NOT_VALID),
    "adding-not-nullable-field": Rule(
        "it reads the whole table under a lock that stops all reading, and the release before may write NULL",
        "ADD … CHECK (column IS NOT NULL) NOT VALID, VALIDATE it in the next file; then SET NOT NULL takes no time",
    ),
    "adding-required-field": Rule(
        "the release before doesn't know the column, so each of its INSERTs would fail",
        "give it a constant DEFAULT, or leave NOT NULL away",
    ),
    "adding-serial-primary-key-field": Rule("it builds an index under a lock that stops all reading", INDEX_FIRST),
    "ban-drop-column": Rule("the release before still reads or writes it", LATER, contract=True),
    "ban-drop-constraint": Rule("the release before may rely on what it guarantees", LATER, contract=True),
    "ban-drop-default": Rule("the release before may leave the column to it", LATER, contract=True),
    "ban-drop-function": Rule("the release before may call it", LATER, contract=True),
    "ban-drop-not-null": Rule(
        "the release before may not expect NULL there",
        "SET DEFAULT, so that the new release can leave it out",
        contract=True,
    ),
    "ban-drop-schema": Rule("the release before still uses what is in it", LATER, contract=True),
    "ban-drop-sequence": Rule("the release before may draw numbers from it", LATER, contract=True),
    "ban-drop-table": Rule("the release before still uses it", LATER, contract=True),
    "ban-drop-type": Rule("the release before may use it", LATER, contract=True),
    "ban-drop-view": Rule("the release before may read it", LATER, contract=True),
    "ban-set-schema": Rule("the release before looks for it where it was", NEW_NAME),
    "changing-column-type": Rule(
        "it rewrites the table under a lock that stops all reading, and the release before expects the old type",
        NEW_COLUMN,
    ),
    "constraint-missing-not-valid": Rule("it reads the whole table under a lock that stops all writing", NOT_VALID),
    "disallowed-unique-constraint": Rule("it builds an index under a lock that stops all reading", INDEX_FIRST),
    "renaming-column": Rule("the release before knows it by the old name", NEW_COLUMN),
    "renaming-object": Rule("the release before knows it by the old name", NEW_NAME),
    "renaming-table": Rule("the release before knows it by the old name", NEW_NAME),
    "require-concurrent-index-creation": Rule(
        "nobody can write to the table while the index is built",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON …, {OUTSIDE_FILE}",
    ),
    "require-concurrent-index-deletion": Rule(
        "it waits for every query on the table, and all others queue behind it",
        f"DROP INDEX CONCURRENTLY IF EXISTS name, {OUTSIDE_FILE}",
    ),
    "require-concurrent-reindex": Rule(
        "nobody can write to the table while the index is built",
        "make a new index CONCURRENTLY and drop the old one so",
    ),
    "syntax-error": Rule("it can't be read", "mend it"),
    "transaction-nesting": Rule(
        "the file is one transaction already, with the record that it was applied", "leave it out"
    ),
}
# A matter of taste, or of `migrate`, which sets the timeouts; and what EXTRA tells in more cases.
LEFT_OUT = re.compile(
    r"prefer-|require-(lock-timeout|statement-timeout|enum-value-ordering|table-schema)|ban-char-field|ban-concurrent-"
)

TRIGGERS = (
    r"(?:CREATE|DROP|ALTER) (?:CONSTRAINT )?(?:TRIGGER|RULE|POLICY)\b|CREATE OR REPLACE\b|"
    r"ALTER TABLE .*\b(?:ENABLE|DISABLE|FORCE) (?:ROW LEVEL SECURITY|(?:ALWAYS |REPLICA )?TRIGGER)"
)
EXTRA: dict[str, tuple[re.Pattern[str], Rule]] = {
    name: (re.compile(pattern, re.IGNORECASE), rule)
    for name, pattern, rule in (
        (
            "check-in-new-column",
            r"ALTER TABLE .*\bADD (?:COLUMN )?(?!CONSTRAINT\b|CHECK\b|FOREIGN\b|EXCLUDE\b)(?:(?!\bADD\b).)*\bCHECK ?\(",
            Rule(
                "it reads the whole table under a lock that stops all reading",
                f"add the column without it, then {NOT_VALID}",
            ),
        ),
        (
            "concurrently-in-transaction",
            r"(?:CREATE|DROP|REINDEX|ALTER TABLE .* DETACH) .*\bCONCURRENTLY\b",
            Rule("CONCURRENTLY can't run inside a transaction, and this file does", f"put it {OUTSIDE_FILE}"),
        ),
        (
            "may-be-there",
            r"CREATE (?:UNLOGGED )?TABLE IF NOT EXISTS\b",
            Rule("a table that was there already would be taken for new", "leave IF NOT EXISTS away: a file runs once"),
        ),
        (
            "changes-rows",
            r"(?:WITH .*)?(?:UPDATE|DELETE FROM|MERGE INTO|INSERT INTO .*\bSELECT)\b",
            Rule(
                "the rows stay locked until the file's transaction ends, and the release before waits for them",
                "change them in small steps beside the release, with a command or jobs of the service",
            ),
        ),
        (
            "truncates",
            r"TRUNCATE\b",
            Rule("it locks the table against all, and the release before loses its rows", "DELETE in small steps"),
        ),
        ("locks-a-table", r"LOCK\b", Rule("it keeps everybody else from the table", "leave it out")),
        (
            "rewrites-a-table",
            r"VACUUM FULL|CLUSTER\b|ALTER TABLE .*\bSET (?:UNLOGGED|LOGGED|TABLESPACE|ACCESS METHOD)",
            Rule("it writes the whole table anew under a lock that stops all reading", NEW_NAME),
        ),
        (
            "changes-what-statements-do",
            TRIGGERS,
            Rule("from now on the statements of the release before do something else", NEW_NAME),
        ),
        (
            "takes-rights-away",
            r"REVOKE\b",
            Rule("the release before may need the right", LATER, contract=True),
        ),
        (
            "cannot-be-read",
            r"(?:DO|CALL|EXECUTE)\b",
            Rule("what it does can't be seen here", "write the statements themselves"),
        ),
        (
            "sets-what-migrate-sets",
            r"(?:SET|RESET) (?:SESSION |LOCAL )?(?:lock_timeout|statement_timeout|role|session)\b",
            Rule("`migrate` waits for locks in short tries, and this would take that away", "leave it out"),
        ),
    )
}
# The only statements of a file outside a transaction: after a crash halfway, the file is run again from its beginning.
REPEATABLE = re.compile(
    r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS [\w\".]+ ON |DROP INDEX CONCURRENTLY IF EXISTS ",
    re.IGNORECASE,
)
NOT_REPEATABLE = Rule(
    "outside a transaction a file that was cut short is run again, and this can't be repeated",
    "only CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON … and DROP INDEX CONCURRENTLY IF EXISTS name; all else in "
    "another file",
)

"""Passwords and keys change under load: no request fails, no login ends, and what was valid before is so no more."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from plugins.filter.logins import logins, numbered, passwords
from tests.figures import Figures
from tests.fleet import Fleet
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.leaks.search import search, secrets_of, written
from tests.load.report import LoadReport
from tests.load.table import table
from tests.playing import Played
from tests.release.mix import load_on, reads, writes
from tests.release.person import Person, key_of
from tests.release.quick import Quick, words
from tests.turns import share
from tools.up import ROOT

pytestmark = [pytest.mark.timeout(3000), share(3)]

RATE = 25  # requests a second: it lasts, beside plays that need the processors too
DATABASE = ("postgresql_service_password", "postgresql_owner_password")
PASSWORDS = (*DATABASE, "redis_password", "redis_exporter_password")
KEYS = "mailroom_token_signing_keys"
ALL_WORDS = ("-vvv", "--diff")
SESSIONS = "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'mailroom-%'"
STRAYS = (
    "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "AND relkind IN ('r', 'p') AND relowner <> 'mailroom_owner'::regrole"
)
ROLES = {"postgresql_service": "mailroom", "postgresql_owner": "mailroom_owner"}
# Each gets the password over a pipe, and prints what the server answers.
ASK_POSTGRESQL = "PGPASSWORD='{}' psql -XAtqw -h 127.0.0.1 -U {} -d mailroom -c 'SELECT current_user' 2>&1 || true"
ASK_REDIS = "REDISCLI_AUTH='{}' redis-cli --no-auth-warning --user mailroom -h 127.0.0.1 ping 2>&1 || true"


@dataclass
class Change:
    """What was seen while all of them changed.

    Attributes:
        report: of the load.
        person: who was logged in meanwhile.
        first_token: of before, whose key is gone at the end.
        refused: the converge that was asked for too early.
        output: all that the command printed.
        before: what every secret was at first, by its file's name.
        after: what it is at the end.
        values: every value that there was.
        sessions: as whom the slots were in the database after each step.
    """

    person: Person
    first_token: str = ""
    report: LoadReport | None = None
    refused: Played | None = None
    output: str = ""
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    sessions: dict[str, set[str]] = field(default_factory=dict)


@dataclass
class Changing:
    """Takes secrets from step to step, as a person does."""

    quick: Quick
    seen: Change

    def contents(self) -> dict[str, str]:
        """Return what every secret is now, by its file's name."""
        return {path.name: path.read_text(encoding="utf-8") for path in (self.fleet.state / "secrets").iterdir()}

    @property
    def fleet(self) -> Fleet:
        """The hosts."""
        return self.quick.fleet

    def make(self, verb: str, *names: str) -> None:
        """`make secrets ENV=local VERB=NAME` for each name; keep what it printed, and the values."""
        self.keep_values()
        environment = os.environ | {"SLIPWAY_STATE": str(self.fleet.state)}
        for name in names:
            command = [sys.executable, "-m", "tools.secrets", "local", f"--{verb}", name]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            self.seen.output += done.stdout + done.stderr
            assert done.returncode == 0, done.stderr
        self.keep_values()

    def keep_values(self) -> None:
        """Keep all values that there are."""
        for name, values in secrets_of(self.fleet.state).items():
            self.seen.values.setdefault(name, set()).update(values)

    def converge(self) -> None:
        """Converge, saying all that Ansible can say."""
        played = self.fleet.play("site.yml", *ALL_WORDS)
        assert played.code == 0, played.output[-6000:]

    def release(self, step: str) -> None:
        """Release the live version again, and note as whom the slots are in the database then."""
        self.quick.released(self.quick.live(), *ALL_WORDS)
        self.seen.sessions[step] = set(self.sql(SESSIONS).splitlines())

    def sql(self, query: str) -> str:
        """Return what the superuser gets for a query."""
        (host,) = self.fleet.of_group("db")
        return self.fleet.run(host, f'cd /; runuser -u postgres -- psql -XAtq -d mailroom -c "{query}"')


@pytest.fixture(scope="module")
def changed(fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Change:
    """Change passwords and keys under load, step by step; return what was seen."""
    quick = Quick(fleet, artifacts, versions)
    quick.settle()
    seen = Change(Person.with_an_account(fleet))
    changing = Changing(quick, seen)
    seen.before = changing.contents()
    load = load_on(fleet.url, fleet.certificate, (reads(), writes(fleet.key)), 2900, rate=RATE)
    with load as running:
        with seen.person.at_it():
            running.mark("rotate")
            seen.first_token = seen.person.tokens[0]
            changing.make("rotate", *PASSWORDS, KEYS)
            changing.converge()
            changing.release("one slot has the new ones")
            running.mark("too early")
            changing.make("retire", *DATABASE)
            seen.refused = fleet.play("site.yml", *ALL_WORDS)
            running.mark("sign")
            changing.make("sign", KEYS)
            changing.release("both slots have the new ones")
            running.mark("retire")
            changing.make("retire", "redis_password", "redis_exporter_password")
            changing.converge()
        # Nobody waits until the tokens of the old key are over.
        changing.make("retire", KEYS)
        changing.release("the old key is gone")
        seen.report = running.report()
    seen.after = changing.contents()
    return seen


def key(contents: dict[str, str]) -> str:
    """Return the name of the only key that signs tokens."""
    return numbered(contents["mailroom_token_key"]).partition(":")[0]


def ask(fleet: Fleet, question: str, *parts: str) -> str:
    """Return what a server on the data host answers to a login."""
    return fleet.run(fleet.of_group("db")[0], question.format(*parts)).strip()


def test_no_request_fails_while_passwords_and_keys_change(changed: Change, figures: Figures) -> None:
    report = changed.report
    assert report
    figures.show(f"passwords of PostgreSQL and Redis, and signing keys, change under load\n{table(report)}")
    figures.say(
        "passwords and signing keys change: failed of sent", f"{report.total.failed} of {report.total.sent}", "0"
    )

    assert report.clean, table(report)


def test_no_login_ends_while_keys_change(changed: Change, figures: Figures) -> None:
    figures.say(
        "… of requests with tokens of both keys, refused",
        f"{len(changed.person.refused)} of {changed.person.asked}",
        "0",
    )

    assert changed.person.asked > 200
    assert changed.person.signed_by() == {key(changed.before), key(changed.after)}
    assert changed.person.refused == []


def test_a_login_that_a_slot_uses_is_not_taken_away_and_who_uses_it_is_told(changed: Change) -> None:
    assert changed.refused
    assert changed.refused.code != 0
    said = words(changed.refused.output)
    (old,), (new,) = (logins(secret["postgresql_service"], "mailroom") for secret in (changed.before, changed.after))

    assert f"an old password is to go, and sessions still use it: {old['name']} (" in said
    assert " of mailroom-web " in said
    assert "Release the live version until both slots have the new one" in said
    assert changed.sessions["one slot has the new ones"] == {old["name"], new["name"]}
    assert changed.sessions["both slots have the new ones"] == {new["name"]}


def test_a_new_login_works_as_its_role_and_an_old_one_is_refused(changed: Change, fleet: Fleet) -> None:
    for secret, role in ROLES.items():
        (old,), (new,) = (logins(contents[secret], role) for contents in (changed.before, changed.after))

        assert {old["name"], new["name"]} == {role, f"{role}_2"}
        assert ask(fleet, ASK_POSTGRESQL, new["password"], new["name"]) == role
        for login in (old["name"], new["name"]):
            assert "password authentication failed" in ask(fleet, ASK_POSTGRESQL, old["password"], login)


def test_redis_refuses_the_password_of_before(changed: Change, fleet: Fleet) -> None:
    (before,), (current,) = (passwords(contents["redis"]) for contents in (changed.before, changed.after))

    assert ask(fleet, ASK_REDIS, current) == "PONG"
    assert "WRONGPASS" in ask(fleet, ASK_REDIS, before)


def test_what_migrations_make_belongs_to_the_owner_by_whichever_login_they_came(changed: Change, fleet: Fleet) -> None:
    del changed
    (host,) = fleet.of_group("db")

    assert fleet.run(host, f'cd /; runuser -u postgres -- psql -XAtq -d mailroom -c "{STRAYS}"').strip() == "0"


def test_a_token_of_a_key_that_is_gone_is_refused(changed: Change) -> None:
    assert key_of(changed.first_token) == key(changed.before)
    answer = changed.person.use(changed.first_token)
    assert (answer.status, answer.body["detail"]) == (401, "The access token is not valid.")
    assert key_of(changed.person.log_in()) == key(changed.after)


def test_no_value_shows_that_was_valid_before_or_since(changed: Change, fleet: Fleet) -> None:
    values = {name: sorted(found) for name, found in changed.values.items()}

    assert [name for name, found in values.items() if any(value in changed.output for value in found)] == []
    assert search([Host(Lab(fleet.lab), name) for name in fleet.addresses], values) == []
    assert written(fleet.state, values) == []

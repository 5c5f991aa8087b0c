"""The table of secrets, the local environment and whatever uses a secret speak of the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible.parsing.dataloader import DataLoader

from tests.contract.tree import ROOT, matching
from tools.secrets.table import ALPHABETS, Secret, read_table

TABLE = read_table()
LOCAL = dict(DataLoader().load_from_file(str(ROOT / "inventories/local/group_vars/all/vault.yml")))
LOOKUP = re.compile(
    r"\{\{ lookup\('ansible\.builtin\.password', slipway_secrets ~ '(?P<file>\w+)' ~ slipway_secret_form\)"
    r"(?P<after>.*) \}\}"
)
FORM = re.compile(r" length=(?P<length>\d+) chars=ascii_letters,digits")
# What Mailroom takes (app/src/mailroom/config): `kid:secret`, and a line of 32 characters at least.
MAILROOM_TAKES = {
    "vault_mailroom_token_signing_keys": r"[A-Za-z0-9._-]{1,64}:[!-~]{32,256}",
    "vault_mailroom_unsubscribe_keys": r".{32,}",
}


def used() -> Iterator[tuple[str, str]]:
    """Every file that uses a secret, with the secret; samples in comments aren't used."""
    for path in matching("playbooks/**/*.yml", "roles/**/*", "inventories/**/*.yml", "tests/inventories/**/*.yml"):
        text = re.sub(r"(?m)^\s*#.*$", "", (ROOT / path).read_text(encoding="utf-8"))
        yield from ((str(path), name) for name in re.findall(r"\bvault_\w+", text))


def lookup_of(name: str) -> re.Match[str]:
    found = LOOKUP.match(" ".join(str(LOCAL[name]).split()))
    assert found, f"{name} isn't made by a lookup in the local environment"
    return found


def test_the_table_has_what_the_local_environment_makes_and_nothing_else() -> None:
    assert set(TABLE) == {name for name in LOCAL if name.startswith("vault_")}


def test_every_secret_that_is_used_is_in_the_table() -> None:
    assert sorted({(path, name) for path, name in used() if name not in TABLE}) == []


def test_every_secret_of_the_table_is_used() -> None:
    wiring = {name for path, name in used() if path.startswith("playbooks/")}

    assert set(TABLE) - wiring == set()


def test_local_secrets_are_as_long_as_those_of_the_table_and_of_the_same_characters() -> None:
    form = FORM.fullmatch(str(LOCAL["slipway_secret_form"]))

    assert form
    assert {(secret.length, secret.alphabet) for secret in TABLE.values()} == {
        (int(form["length"]), "letters-and-digits")
    }
    assert len(ALPHABETS["letters-and-digits"]) == 62


def test_local_secrets_are_each_in_a_file_of_their_own() -> None:
    files = [lookup_of(name)["file"] for name in TABLE]

    assert len(set(files)) == len(files)


def test_a_local_list_of_keys_has_the_form_of_the_table() -> None:
    def form(secret: Secret) -> str:
        return " | numbered" if secret.kind == "keys" else ""

    assert {name: lookup_of(name)["after"] for name in TABLE} == {name: form(secret) for name, secret in TABLE.items()}


def test_the_page_about_secrets_tells_of_each_in_a_row() -> None:
    page = (ROOT / "docs/secrets.md").read_text(encoding="utf-8")

    assert re.findall(r"(?m)^\| `(vault_\w+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", page) == list(TABLE)


def test_mailroom_takes_the_keys_that_are_made() -> None:
    keys = {name: secret.made() for name, secret in TABLE.items() if secret.kind == "keys"}

    assert set(keys) == set(MAILROOM_TAKES)
    assert [name for name, key in keys.items() if not re.fullmatch(MAILROOM_TAKES[name], key)] == []

"""The table of secrets: what it may say, and what is made from it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.secrets.errors import SecretsError
from tools.secrets.table import Secret, read_table


def read(folder: Path, **wish: Any) -> Secret:  # noqa: ANN401
    """Return the only secret of a table that says this of it."""
    table = folder / "table.yml"
    table.write_text(yaml.safe_dump({"secrets": {wish.pop("name", "vault_it"): wish}}), encoding="utf-8")
    return next(iter(read_table(table).values()))


def test_a_secret_has_forty_letters_and_digits_unless_the_table_says_otherwise(tmp_path: Path) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{40}", read(tmp_path, purpose="it").made())
    assert re.fullmatch(r"[0-9a-f]{64}", read(tmp_path, purpose="it", length=64, alphabet="hex").made())


def test_a_list_of_keys_begins_with_key_1(tmp_path: Path) -> None:
    assert re.fullmatch(r"1:[A-Za-z0-9]{40}", read(tmp_path, purpose="it", kind="keys", keep="10 minutes").made())


def test_no_two_are_alike_and_every_character_comes(tmp_path: Path) -> None:
    secret = read(tmp_path, purpose="it")
    many = [secret.made() for _ in range(200)]

    assert len(set(many)) == 200
    assert len(set("".join(many))) == 62


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({}, "vault_it has no purpose; say in a few words what it is for"),
        ({"purpose": "it", "size": 3}, "vault_it has size; it may have alphabet, keep, kind, length, purpose, steps"),
        ({"purpose": "it", "name": "redis"}, "redis isn't a name; one begins with vault_ and has a-z, 0-9 and _"),
        ({"purpose": "it", "alphabet": "runes"}, "has the alphabet runes; there are letters-and-digits, hex, urlsafe"),
        ({"purpose": "it", "kind": "riddle"}, "vault_it has the kind riddle; there are text, keys, passwords"),
        ({"purpose": "it", "steps": ["dance"]}, "vault_it has the steps dance; there are converge, release, by-hand"),
        ({"purpose": "it", "kind": "keys"}, "vault_it must say how long an old key is kept (keep) if it is of keys"),
        ({"purpose": "it", "keep": "a day"}, "vault_it must say how long an old key is kept (keep) if it is of keys"),
        ({"purpose": "it", "length": 20}, "vault_it would have 119 bits; it needs 128, so give it more length"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, wish: dict[str, Any], message: str) -> None:
    with pytest.raises(SecretsError, match=re.escape(message)):
        read(tmp_path, **wish)

"""The table of the secrets that are made here (table.yml), and how one is made."""

from __future__ import annotations

import dataclasses
import math
import re
import secrets
import string
from pathlib import Path
from typing import Any

import yaml

from tools.secrets.errors import SecretsError

TABLE = Path(__file__).with_name("table.yml")
NAME = re.compile(r"vault_[a-z][a-z0-9_]*")
ALPHABETS = {
    "letters-and-digits": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "urlsafe": string.ascii_letters + string.digits + "-_",
}
KINDS = ("text", "keys", "passwords")
STEPS = ("converge", "release", "by-hand")
WEAKEST = 128  # bits


@dataclasses.dataclass(frozen=True)
class Secret:
    """A secret that is made here.

    Attributes:
        name: the variable.
        purpose: what it is for.
        length: how many characters are drawn.
        alphabet: the name of the characters that they are drawn from.
        kind: one of KINDS: a text, or a list of keys or passwords.
        steps: what brings a new one to those who use it, of STEPS.
        keep: of a list of keys how long an old one is kept once the new one signs.
    """

    name: str
    purpose: str
    length: int = 40
    alphabet: str = "letters-and-digits"
    kind: str = "text"
    steps: tuple[str, ...] = ("converge", "release")
    keep: str = ""

    def drawn(self) -> str:
        """Return characters that nobody can guess, from the operating system's source."""
        characters = ALPHABETS[self.alphabet]
        return "".join(secrets.choice(characters) for _ in range(self.length))

    def made(self) -> str:
        """Return a new value: the characters, or a list with one key."""
        return f"1:{self.drawn()}" if self.kind == "keys" else self.drawn()


def read_table(path: Path = TABLE) -> dict[str, Secret]:
    """Return the table by name.

    Raises:
        SecretsError: an entry says something that can't be.
    """
    said = yaml.safe_load(path.read_text(encoding="utf-8"))["secrets"]
    return {name: _entry(path.name, name, wish) for name, wish in said.items()}


def _entry(file: str, name: str, wish: dict[str, Any]) -> Secret:
    known = {field.name for field in dataclasses.fields(Secret)} - {"name"}
    if strange := sorted(wish.keys() - known):
        raise SecretsError(f"{file}: {name} has {', '.join(strange)}; it may have {', '.join(sorted(known))}")
    if not NAME.fullmatch(name):
        raise SecretsError(f"{file}: {name} isn't a name; one begins with vault_ and has a-z, 0-9 and _")
    if not wish.get("purpose"):
        raise SecretsError(f"{file}: {name} has no purpose; say in a few words what it is for")
    secret = Secret(name, **{**wish, "steps": tuple(wish.get("steps", Secret.steps))})
    if wrong := _wrong(secret):
        raise SecretsError(f"{file}: {name} {wrong}")
    return secret


def _wrong(secret: Secret) -> str:
    """Return what can't be about a secret; empty where all is well."""
    if secret.kind not in KINDS:
        return f"has the kind {secret.kind}; there are {', '.join(KINDS)}"
    if unknown := sorted(set(secret.steps) - set(STEPS)):
        return f"has the steps {', '.join(unknown)}; there are {', '.join(STEPS)}"
    if (secret.kind == "keys") != bool(secret.keep):
        return "must say how long an old key is kept (keep) if it is of keys, and else must not"
    if secret.alphabet not in ALPHABETS:
        return f"has the alphabet {secret.alphabet}; there are {', '.join(ALPHABETS)}"
    bits = secret.length * math.log2(len(ALPHABETS[secret.alphabet]))
    return f"would have {bits:.0f} bits; it needs {WEAKEST}, so give it more length" if bits < WEAKEST else ""

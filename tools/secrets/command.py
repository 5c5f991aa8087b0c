"""Make the secrets that an environment lacks, or change one; tell of them by name, and never show a value.

Usage: python -m tools.secrets ENV [--rotate NAME | --sign NAME | --retire NAME | --set NAME]
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.paint import Paint, table
from tools.secrets import steps
from tools.secrets.environment import Environment
from tools.secrets.errors import SecretsError
from tools.secrets.table import NAME, Secret, read_table

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 2  # the exit code
HEAD = ["NAME", "STATE", "FOR"]
GIVEN = "given by you: it isn't in tools/secrets/table.yml"


def make_missing(environment: Environment, known: dict[str, Secret]) -> list[list[str]]:
    """Make what the environment lacks; return a row (name, state, purpose) for each of its secrets.

    What another backend had before is brought over, and not made anew.
    """
    store, left = environment.store(), environment.left()
    there = store.names()
    old = left[0].values() if left else {}
    brought = {name: value for name, value in old.items() if NAME.fullmatch(name) and name not in there}
    made = {name: secret.made() for name, secret in known.items() if name not in there | brought.keys()}
    purposes = {name: secret.purpose for name, secret in known.items()}
    if brought or made:
        store.add({**brought, **made}, purposes)
    if left:
        environment.tell(f"{left[1]} is still there and read too. Once a converge went well, `git rm` it.")
    state = dict.fromkeys(made, "made") | dict.fromkeys(brought, "brought over")
    everything = [
        *known,
        *sorted(name for name in there | brought.keys() if NAME.fullmatch(name) and name not in known),
    ]
    return [[name, state.get(name, "there"), purposes.get(name, GIVEN)] for name in everything]


def change(environment: Environment, secret: Secret, verb: str) -> str:
    """Take a secret one step on; return what there is now and what comes next.

    Args:
        environment: whose secret.
        secret: the secret.
        verb: rotate, sign or retire.

    Raises:
        SecretsError: it isn't there, or the step doesn't fit.
    """
    step = steps.step(secret, verb)
    now = ""

    def edit(value: str | None) -> str:
        nonlocal now
        if value is None:
            raise SecretsError(f"{secret.name} isn't there yet: make secrets ENV={environment.name}")
        changed = step(value)
        now = steps.told(secret, changed)
        return changed

    environment.store().change(secret.name, edit)
    return f"{secret.name}: {now}.\n{steps.what_next(environment.name, secret, verb)}"


def take_in(environment: Environment, name: str, ask: Callable[[], str]) -> str:
    """Keep a secret that somebody else gave; return what was done.

    Args:
        environment: whose it is.
        name: the variable.
        ask: gives the value.

    Raises:
        SecretsError: there is no value.
    """
    value = ask().strip("\r\n")
    if not value.strip():
        raise SecretsError(f"no value came for {name}; give it on standard input, or where you are asked for it")
    was = False

    def edit(before: str | None) -> str:
        nonlocal was
        was = before is not None
        return value

    environment.store().change(name, edit)
    then = "Roles take it with the next converge, a service with the next release."
    return f"{name} is {'changed' if was else 'there'}. {then}"


def tell(note: str) -> None:
    """Say what a person must do."""
    sys.stderr.write(Paint.of(sys.stderr)(note, "yellow") + "\n")


def asked() -> str:
    """Return a value from standard input; from a terminal without showing it."""
    return getpass.getpass("Its value (not shown): ") if sys.stdin.isatty() else sys.stdin.read()


def named(word: str) -> str:
    """Return a variable's name; `vault_` at its beginning may be left out. Raises SecretsError for what is none."""
    name = word if word.startswith("vault_") else f"vault_{word}"
    if not NAME.fullmatch(name):
        raise SecretsError(f"{word!r} isn't a name; one has a-z, 0-9 and _, as in vault_slack_url")
    return name


def run(wish: argparse.Namespace, root: Path) -> str:
    """Do what the command line asks; return what to print. Raises SecretsError where it can't be done."""
    environment = Environment(root, wish.environment, tell)
    known = read_table()
    if wish.set:
        return take_in(environment, named(wish.set), asked)
    for verb in ("rotate", "sign", "retire"):
        if word := getattr(wish, verb):
            name = named(word)
            if name not in known:
                raise SecretsError(f"there is no secret {name} that is made here; there are {', '.join(known)}")
            return change(environment, known[name], verb)
    return table(HEAD, make_missing(environment, known), Paint.of(sys.stdout))


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    """Run `make secrets`; 2 where it is refused."""
    parser = argparse.ArgumentParser(prog="python -m tools.secrets", description=__doc__, allow_abbrev=False)
    parser.add_argument("environment", metavar="ENV", help="a folder under inventories/")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--rotate", metavar="NAME", default="", help="make a new one; the old one may stay for a while")
    one.add_argument("--sign", metavar="NAME", default="", help="let the newest key of a list sign")
    one.add_argument("--retire", metavar="NAME", default="", help="drop the oldest key, or the old password")
    one.add_argument("--set", metavar="NAME", default="", help="keep a value that is given on standard input")
    try:
        sys.stdout.write(run(parser.parse_args(argv), root) + "\n")
    except SecretsError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0

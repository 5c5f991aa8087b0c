"""The steps by which a secret changes, as its kind has them, and what to do after each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.secrets import keys, passwords
from tools.secrets.errors import SecretsError
from tools.secrets.table import Secret

Step = Callable[[Secret], Callable[[str], str]]


def _drawn(secret: Secret) -> Callable[[str], str]:
    return lambda _: secret.drawn()


_STEPS: Mapping[str, Mapping[str, Step]] = {
    "text": {"rotate": _drawn},
    "keys": {"rotate": keys.rotated, "sign": keys.signing, "retire": keys.retired},
    "passwords": {"rotate": passwords.rotated, "retire": passwords.retired},
}
_DONE = "With that it is done."


def step(secret: Secret, verb: str) -> Callable[[str], str]:
    """Return what makes a secret's next value of the one that it has.

    Args:
        secret: the secret.
        verb: rotate, sign or retire.

    Raises:
        SecretsError: a secret of this kind has no such step.
    """
    found = _STEPS[secret.kind].get(verb)
    if found is None and secret.kind == "passwords":
        raise SecretsError(f"{secret.name} is a password and signs nothing; after ROTATE= comes RETIRE=")
    if found is None:
        raise SecretsError(f"{secret.name} has one value at a time, so that ROTATE= is its only step; docs/secrets.md")
    return found(secret)


def told(secret: Secret, value: str) -> str:
    """Return in words what there is now, and no value."""
    words = {"keys": keys.told, "passwords": passwords.told}.get(secret.kind)
    return words(value) if words else "a new one took its place"


def what_next(environment: str, secret: Secret, verb: str) -> str:
    """Return what to do after a step, so that nobody is refused."""
    effect = list(secret.steps)
    if secret.kind == "passwords" and verb == "retire":
        # The server alone has to learn that it is gone; the slots have another one by then.
        effect = ["converge"]
    lines = [f"  {_commands(environment)[name]}" for name in effect]
    return "\n".join(["It takes effect with:", *lines, _then(environment, secret, verb)])


def _commands(environment: str) -> dict[str, str]:
    return {
        "converge": f"make converge ENV={environment}",
        "release": f"make release ENV={environment} VERSION=…   of the version that is live: make status "
        f"ENV={environment}",
        "by-hand": "what docs/secrets.md says of it",
    }


def _then(environment: str, secret: Secret, verb: str) -> str:
    make = f"make secrets ENV={environment}"
    if verb == "retire" or secret.kind == "text":
        return _DONE
    if secret.kind == "passwords":
        both = " Two releases, since the slot before stays warm with the old one." if "release" in secret.steps else ""
        return f"{both.strip()}\nAfter that:           {make} RETIRE={secret.name}".lstrip()
    if verb == "sign":
        return f"Then wait: {secret.keep}.\nAfter that:           {make} RETIRE={secret.name}"
    return f"Then let it sign:     {make} SIGN={secret.name}"

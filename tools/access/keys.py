"""The keys of an environment: by which its hosts let us in, by which we know them, and its vault's password.

Each comes from a variable such as SLIPWAY_STAGING_SSH_KEY, where that is set; else from AWS Systems Manager's Parameter
Store, under the name that `make provision` and `make secrets` give it, such as /slipway/staging/ssh_key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.access.aws import AccessError, Client, explained
from tools.aws_profile import own

PROJECT = "slipway"
BEGINS = "-----BEGIN "
NAMES = ("ssh_key", "known_hosts")
FIELDS = 3  # of a line of known hosts, at least: hosts, kind, key (man 8 sshd)


@dataclass(frozen=True)
class Keys:
    """What opens an environment, as text. `vault_password` is empty where its secrets aren't in a vault."""

    ssh_key: str
    known_hosts: str
    vault_password: str


def parameter(environment: str, name: str) -> str:
    """Return the name of a parameter of an environment."""
    return f"/{PROJECT}/{environment}/{name}"


def keys_of(environment: str, told: Mapping[str, str], ssm: Client) -> Keys:
    """Return the keys of an environment.

    Args:
        environment: its name.
        told: the variables that may hold them.
        ssm: a client of the Parameter Store as the environment's role.

    Raises:
        AccessError: one is missing, or is no such thing. The message doesn't tell what it is.
    """
    found = {}
    for name in NAMES:
        variable = own(environment, name.upper())
        found[name] = told.get(variable, "").strip() or _read(ssm, parameter(environment, name), variable)
    return checked(environment, found | {"vault_password": told.get(own(environment, "VAULT_PASSWORD"), "").strip()})


def checked(environment: str, found: Mapping[str, str]) -> Keys:
    """Return what was found as it has to be written.

    Raises:
        AccessError: it is no key, or nothing by which hosts are known. The message doesn't tell what it is.
    """
    # What was pasted into a form may have Windows' line ends; without the last one ssh takes no key.
    told = {name: found[name].strip().replace("\r\n", "\n") + "\n" for name in NAMES}
    if not told["ssh_key"].startswith(BEGINS):
        raise AccessError(f"the SSH key of {environment} is no private key: it must begin with {BEGINS}…")
    entries = [line for line in told["known_hosts"].splitlines() if line.strip() and not line.startswith("#")]
    if not entries or [line for line in entries if len(line.split()) < FIELDS or line.split()[0].startswith("*")]:
        raise AccessError(
            f"the known hosts of {environment} must be lines of a host, a kind of key and the key, and no host for all"
        )
    return Keys(**told, vault_password=found.get("vault_password", ""))


def lay(keys: Keys, folder: Path) -> dict[str, Path]:
    """Write the keys into a new folder; only its owner may read it and them.

    Returns:
        The files by what they hold; those that are empty aren't there.
    """
    folder.mkdir(mode=0o700)
    written = {}
    for name, text in vars(keys).items():
        if text:
            written[name] = folder / name
            handle = os.open(written[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
    return written


def _read(ssm: Client, name: str, variable: str) -> str:
    """Return a parameter's value, decrypted.

    Raises:
        AccessError: it isn't there, or may not be read.
    """
    with explained(f"parameter {name}"):
        try:
            value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound as error:
            raise AccessError(
                f"the Parameter Store of {ssm.meta.region_name} has no {name}, and {variable} isn't set; "
                "docs/github-actions.md says who writes it"
            ) from error
    return str(value)

"""How people log in, and whose tokens are taken beside our own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from mailroom.settings import SettingsReader

_DAY = 24 * 3600
_KEYS_FILE = "token_signing_keys"
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# RFC 7518, 3.2: a secret of HMAC-SHA-256 is no shorter than its hash, 32 bytes.
_SECRET = re.compile(r"[!-~]{32,256}")
_HTTPS = re.compile(r"https://[^\s?#/]+[^\s?#]*")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret that access tokens are signed with; `id` is the `kid` of their header."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """The signing keys, and how long an access token and a whole login last (seconds).

    The first key signs, all of them verify. Without any key logins are off.
    """

    signing_keys: tuple[SigningKey, ...] = ()
    access_seconds: int = 600
    login_seconds: int = 14 * _DAY


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The outside issuer whose tokens are taken, for which of these audiences, and where they say what is permitted.

    `claim` lists permissions and roles; only words that begin with `prefix` count, without it.
    """

    issuer: str
    audiences: tuple[str, ...]
    claim: str = "scope"
    prefix: str = ""


def read_accounts(reader: SettingsReader) -> AccountSettings:
    """Read how people log in."""
    file = reader.optional_secret_file(_KEYS_FILE)
    return AccountSettings(
        signing_keys=_signing_keys(file, reader) if file else (),
        access_seconds=reader.integer("MAILROOM_ACCESS_TOKEN_SECONDS", 60, 3600, default=600),
        login_seconds=reader.integer("MAILROOM_LOGIN_SECONDS", 3600, 90 * _DAY, default=14 * _DAY),
    )


def read_oidc(reader: SettingsReader) -> OidcSettings | None:
    """Read the outside issuer; None where none is set."""
    issuer = reader.text("MAILROOM_OIDC_ISSUER", default="")
    audiences = tuple(reader.text("MAILROOM_OIDC_AUDIENCE", default="").replace(",", " ").split())
    if not issuer and not audiences:
        return None
    if not _HTTPS.fullmatch(issuer):
        reader.complain(f"MAILROOM_OIDC_ISSUER is {issuer!r}: it must be an address that begins with https://")
    if not audiences:
        reader.complain("MAILROOM_OIDC_AUDIENCE is not set: an issuer's tokens for somebody else must not be taken")
    return OidcSettings(
        issuer=issuer,
        audiences=audiences,
        claim=reader.text("MAILROOM_OIDC_CLAIM", default="scope"),
        prefix=reader.text("MAILROOM_OIDC_PREFIX", default=""),
    )


def _signing_keys(file: Path, reader: SettingsReader) -> tuple[SigningKey, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reader.complain(f"the secret {_KEYS_FILE} can't be read from {file}: {type(error).__name__}")
        return ()
    keys = []
    for number, line in enumerate(lines, start=1):
        key_id, _, secret = line.strip().partition(":")
        if _KEY_ID.fullmatch(key_id) and _SECRET.fullmatch(secret):
            keys.append(SigningKey(key_id, secret))
        elif line.strip():
            reader.complain(
                f"the secret {_KEYS_FILE} is wrong in line {number}: it must be kid:secret, with a kid of 1 to 64 of "
                "A-Z a-z 0-9 . _ - and a secret of 32 to 256 printable characters"
            )
    if not keys:
        reader.complain(f"the secret {_KEYS_FILE} holds no key: remove {file} to switch logins off")
    if len({key.id for key in keys}) < len(keys):
        reader.complain(f"the secret {_KEYS_FILE} has two keys of one kid")
    return tuple(keys)

"""Which certificates and keys are taken, and why others are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from roles.nginx.files.tls.pair import Pair, RefusedError
from tests.certificates import Authority, Issued

NAMES = ("mail.example.org", "www.mail.example.org", "192.0.2.7")
AUTHORITY = Authority()
OTHER = Authority("another authority")


def check(issued: Issued, folder: Path, names: tuple[str, ...] = NAMES) -> Pair:
    pair = Pair.read(*issued.write(folder))
    pair.check(names, dt.datetime.now(dt.UTC))
    return pair


def short_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused


GOOD: dict[str, Callable[[], Issued]] = {
    "elliptic curve": lambda: AUTHORITY.issue(*NAMES),
    "RSA": lambda: AUTHORITY.issue(*NAMES, key=rsa.generate_private_key(65537, 2048)),
    "a wildcard": lambda: AUTHORITY.issue("mail.example.org", "*.mail.example.org", "192.0.2.7"),
    "other capitals": lambda: AUTHORITY.issue("Mail.Example.ORG", *NAMES[1:]),
    "more names": lambda: AUTHORITY.issue("old.example.org", *NAMES),
}

WRONG: dict[str, tuple[Callable[[], Issued], str]] = {
    "another's key": (
        lambda: Issued(AUTHORITY.issue(*NAMES).certificate, AUTHORITY.issue(*NAMES).key),
        "isn't the certificate of this key",
    ),
    "over": (lambda: AUTHORITY.issue(*NAMES, days=(-90, -0.01)), "ended at 20"),
    "not begun": (lambda: AUTHORITY.issue(*NAMES, days=(1, 90)), "begins at 20"),
    "a name missing": (
        lambda: AUTHORITY.issue("mail.example.org", "192.0.2.7"),
        "isn't for www.mail.example.org; it is for 192.0.2.7, mail.example.org",
    ),
    "an address missing": (lambda: AUTHORITY.issue(*NAMES[:2]), "isn't for 192.0.2.7; it is for mail.example.org"),
    "a wildcard for more than one label": (
        lambda: AUTHORITY.issue("*.example.org", "192.0.2.7"),
        "isn't for www.mail.example.org; it is for *.example.org, 192.0.2.7",
    ),
    "no name at all": (AUTHORITY.issue, "it is for no name"),
    "another's chain": (
        lambda: Issued((mine := AUTHORITY.issue(*NAMES)).certificate, mine.key, OTHER.issue("x").above),
        "has a chain that is broken: CN=mail.example.org wasn't issued by CN=another authority step, which follows",
    ),
    "a key that OpenSSL finds too short": (
        lambda: AUTHORITY.issue(*NAMES, key=short_key()),
        "has a key of 1024 bits; clients want at least 2048",
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_pair_is_taken(tmp_path: Path, kind: str) -> None:
    issued = GOOD[kind]()

    assert check(issued, tmp_path).der == issued.der


@pytest.mark.parametrize("kind", WRONG)
def test_a_pair_that_a_client_would_refuse_is_refused_with_the_reason(tmp_path: Path, kind: str) -> None:
    make, reason = WRONG[kind]
    with pytest.raises(RefusedError) as refused:
        check(make(), tmp_path)

    assert str(refused.value).startswith(f"{tmp_path}/site.crt ")
    assert reason in str(refused.value)


def test_certificate_chain_and_key_become_one_file_so_that_one_rename_changes_all(tmp_path: Path) -> None:
    issued = AUTHORITY.issue(*NAMES)

    assert check(issued, tmp_path).content() == issued.chain_pem() + issued.key_pem()


@pytest.mark.parametrize("missing", ["site.crt", "site.key"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    paths = AUTHORITY.issue(*NAMES).write(tmp_path)
    (tmp_path / missing).unlink()

    with pytest.raises(RefusedError, match=rf"{missing}: No such file or directory"):
        Pair.read(*paths)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nxxxx\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: bytes) -> None:
    certificate, key = AUTHORITY.issue(*NAMES).write(tmp_path)
    certificate.write_bytes(content)

    with pytest.raises(RefusedError, match=r"can't be read as PEM without a password"):
        Pair.read(certificate, key)


def test_a_key_with_a_password_is_refused_since_nobody_is_there_to_type_it(tmp_path: Path) -> None:
    issued = AUTHORITY.issue(*NAMES)
    certificate, key = issued.write(tmp_path)
    locked = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    key.write_bytes(locked)

    with pytest.raises(RefusedError, match=r"can't be read as PEM without a password"):
        Pair.read(certificate, key)


def test_a_kind_of_key_that_browsers_do_not_know_is_refused(tmp_path: Path) -> None:
    certificate, key = AUTHORITY.issue(*NAMES).write(tmp_path)
    own = ed25519.Ed25519PrivateKey.generate()
    key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(RefusedError, match=r"is neither an RSA nor an elliptic curve key"):
        Pair.read(certificate, key)

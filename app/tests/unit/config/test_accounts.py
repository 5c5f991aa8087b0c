from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.config import AccountSettings, OidcSettings, SigningKey
from mailroom.config.accounts import read_accounts, read_oidc
from mailroom.errors import ConfigurationError
from mailroom.settings import SettingsReader

SECRET = "s" * 32


def accounts(directory: Path, keys: bytes | None = None, **environment: str) -> AccountSettings:
    if keys is not None:
        (directory / "token_signing_keys").write_bytes(keys)
    reader = SettingsReader({"CREDENTIALS_DIRECTORY": str(directory), **environment})
    settings = read_accounts(reader)
    reader.finish()
    return settings


def oidc(**environment: str) -> OidcSettings | None:
    reader = SettingsReader(environment)
    settings = read_oidc(reader)
    reader.finish()
    return settings


def test_without_the_file_of_keys_logins_are_off_and_nothing_is_wrong(tmp_path: Path) -> None:
    assert accounts(tmp_path) == AccountSettings((), 600, 14 * 86400)


def test_the_keys_are_read_in_their_order(tmp_path: Path) -> None:
    settings = accounts(tmp_path, f"new:{SECRET}a\n\nold:{SECRET}:b\n".encode())

    assert settings.signing_keys == (SigningKey("new", SECRET + "a"), SigningKey("old", SECRET + ":b"))


def test_no_secret_shows_when_settings_are_printed(tmp_path: Path) -> None:
    assert SECRET not in repr(accounts(tmp_path, f"new:{SECRET}\n".encode()))


def test_how_long_tokens_and_logins_last_can_be_set(tmp_path: Path) -> None:
    settings = accounts(tmp_path, MAILROOM_ACCESS_TOKEN_SECONDS="60", MAILROOM_LOGIN_SECONDS="7200")

    assert (settings.access_seconds, settings.login_seconds) == (60, 7200)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (f"new:{SECRET[:-1]}".encode(), "wrong in line 1: it must be kid:secret"),
        (f"k:{SECRET}\n{SECRET}".encode(), "wrong in line 2: it must be kid:secret"),
        (f":{SECRET}".encode(), "wrong in line 1"),
        (f"k:{SECRET} x".encode(), "wrong in line 1"),
        (f"k:{SECRET}\nk:{SECRET}x".encode(), "has two keys of one kid"),
        (b"\n", "holds no key: remove"),
        (b"\xff", "UnicodeDecodeError"),
    ],
)
def test_a_file_of_keys_that_is_wrong_stops_the_start_and_is_not_shown(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        accounts(tmp_path, content)

    assert complaint in str(caught.value)
    assert "token_signing_keys" in str(caught.value)
    assert "sss" not in str(caught.value)


@pytest.mark.parametrize("name", ["MAILROOM_ACCESS_TOKEN_SECONDS", "MAILROOM_LOGIN_SECONDS"])
def test_a_time_out_of_range_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is '1': it must be a whole number from"):
        accounts(tmp_path, None, **{name: "1"})


def test_without_an_issuer_no_outside_tokens_are_taken() -> None:
    assert oidc() is None


def test_an_issuer_and_its_audiences_are_enough() -> None:
    settings = oidc(MAILROOM_OIDC_ISSUER="https://a.auth0.com/", MAILROOM_OIDC_AUDIENCE="api, other")

    assert settings == OidcSettings("https://a.auth0.com/", ("api", "other"), "scope", "")


def test_the_claim_and_the_prefix_of_permissions_can_be_set() -> None:
    settings = oidc(
        MAILROOM_OIDC_ISSUER="https://a.auth0.com/",
        MAILROOM_OIDC_AUDIENCE="api",
        MAILROOM_OIDC_CLAIM="cognito:groups",
        MAILROOM_OIDC_PREFIX="mailroom-",
    )

    assert settings is not None
    assert (settings.claim, settings.prefix) == ("cognito:groups", "mailroom-")


@pytest.mark.parametrize("issuer", ["http://a.auth0.com/", "a.auth0.com", "https://", "https://a b", "https://a?x=1"])
def test_an_issuer_is_asked_over_https_only(issuer: str) -> None:
    with pytest.raises(ConfigurationError, match=r"MAILROOM_OIDC_ISSUER is '.*': it must be an address that begins"):
        oidc(MAILROOM_OIDC_ISSUER=issuer, MAILROOM_OIDC_AUDIENCE="api")


def test_an_issuer_without_an_audience_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MAILROOM_OIDC_AUDIENCE is not set"):
        oidc(MAILROOM_OIDC_ISSUER="https://a.auth0.com/")


def test_an_audience_without_an_issuer_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MAILROOM_OIDC_ISSUER is ''"):
        oidc(MAILROOM_OIDC_AUDIENCE="api")

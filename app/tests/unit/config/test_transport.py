from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.config.transport import (
    LogSettings,
    Security,
    SesSettings,
    SmtpSettings,
    TransportSettings,
    read_transport,
)
from mailroom.errors import ConfigurationError
from mailroom.settings import SettingsReader

SMTP = {"MAILROOM_TRANSPORT": "smtp", "MAILROOM_SMTP_HOST": "mail.test"}


def read(environment: dict[str, str]) -> TransportSettings:
    reader = SettingsReader(environment)
    settings = read_transport(reader)
    reader.finish()
    return settings


def test_ses_is_the_transport_unless_told_otherwise() -> None:
    assert read({"MAILROOM_SES_REGION": "eu-central-1"}) == SesSettings("eu-central-1", None)


def test_the_log_transport_needs_nothing() -> None:
    assert read({"MAILROOM_TRANSPORT": "log"}) == LogSettings()


def test_a_mail_server_is_reached_by_starttls_and_without_login_unless_told_otherwise() -> None:
    assert read(SMTP) == SmtpSettings("mail.test", 587, Security.STARTTLS, None, "", None)


def test_tls_has_a_port_of_its_own() -> None:
    settings = read(SMTP | {"MAILROOM_SMTP_SECURITY": "tls"})

    assert settings == SmtpSettings("mail.test", 465, Security.TLS)


def test_the_login_is_a_secret_and_doesnt_show(tmp_path: Path) -> None:
    (tmp_path / "smtp_login").write_text("ann:pass:word\n")

    settings = read(SMTP | {"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert isinstance(settings, SmtpSettings)
    assert (settings.user, settings.password) == ("ann", "pass:word")
    assert "pass" not in repr(settings)


def test_an_authority_of_its_own_is_a_file(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("x")

    settings = read(SMTP | {"MAILROOM_SMTP_CA_FILE": str(authority)})

    assert isinstance(settings, SmtpSettings)
    assert settings.authority == authority


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "MAILROOM_SES_REGION is not set"),
        ({"MAILROOM_TRANSPORT": "pigeon"}, "MAILROOM_TRANSPORT is 'pigeon': it must be one of ses, smtp, log"),
        ({"MAILROOM_TRANSPORT": "smtp"}, "MAILROOM_SMTP_HOST is not set"),
        (SMTP | {"MAILROOM_SMTP_SECURITY": "none"}, "is 'none': it must be one of starttls, tls"),
        (SMTP | {"MAILROOM_SMTP_PORT": "0"}, "MAILROOM_SMTP_PORT is '0'"),
        (SMTP | {"MAILROOM_SMTP_CA_FILE": "/nowhere"}, "MAILROOM_SMTP_CA_FILE is '/nowhere': there is no such file"),
    ],
)
def test_what_is_wrong_is_named(environment: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(environment)

    assert complaint in str(caught.value)


@pytest.mark.parametrize("login", ["ann", "ann:", ":word"])
def test_a_login_without_user_or_password_is_refused_and_not_shown(tmp_path: Path, login: str) -> None:
    (tmp_path / "smtp_login").write_text(login)

    with pytest.raises(ConfigurationError, match=r"the secret smtp_login isn't of the form user:password$"):
        read(SMTP | {"CREDENTIALS_DIRECTORY": str(tmp_path)})

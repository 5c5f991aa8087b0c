"""What is told about the transport: SES, a mail server, or none but the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mailroom.settings import SettingsReader

_KINDS = ("ses", "smtp", "log")


class Security(StrEnum):
    """How a connection to a mail server becomes TLS: after the greeting, or before the first byte."""

    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SesSettings:
    """SES of a region. `credentials` is None where the host's own role gives them."""

    region: str
    credentials: Path | None


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A mail server. `user` is None where there is no login, `authority` where the system's are trusted."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str = field(default="", repr=False)
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Nothing is sent."""


TransportSettings = SesSettings | SmtpSettings | LogSettings


def read_transport(reader: SettingsReader) -> TransportSettings:
    """Read MAILROOM_TRANSPORT and what that one needs."""
    kind = reader.text("MAILROOM_TRANSPORT", default="ses")
    if kind not in _KINDS:
        reader.complain(f"MAILROOM_TRANSPORT is {kind!r}: it must be one of {', '.join(_KINDS)}")
    if kind == "smtp":
        return _read_smtp(reader)
    if kind == "log":
        return LogSettings()
    return SesSettings(reader.text("MAILROOM_SES_REGION"), reader.optional_secret_file("aws_credentials"))


def _read_smtp(reader: SettingsReader) -> SmtpSettings:
    security = reader.text("MAILROOM_SMTP_SECURITY", default=Security.STARTTLS.value)
    if security not in set(Security):
        reader.complain(f"MAILROOM_SMTP_SECURITY is {security!r}: it must be one of {', '.join(Security)}")
        security = Security.STARTTLS.value
    user, password = _read_login(reader)
    return SmtpSettings(
        host=reader.text("MAILROOM_SMTP_HOST"),
        port=reader.integer("MAILROOM_SMTP_PORT", 1, 65535, default=465 if security == Security.TLS else 587),
        security=Security(security),
        user=user,
        password=password,
        authority=_read_authority(reader),
    )


def _read_login(reader: SettingsReader) -> tuple[str | None, str]:
    if reader.optional_secret_file("smtp_login") is None:
        return None, ""
    user, colon, password = reader.secret("smtp_login").partition(":")
    if not (user and colon and password):
        reader.complain("the secret smtp_login isn't of the form user:password")
    return user, password


def _read_authority(reader: SettingsReader) -> Path | None:
    named = reader.text("MAILROOM_SMTP_CA_FILE", default="")
    if not named:
        return None
    path = Path(named)
    if not path.is_file():
        reader.complain(f"MAILROOM_SMTP_CA_FILE is {named!r}: there is no such file")
    return path

"""Logins of users, and the tokens of an outside issuer. What is heavy is loaded only where it is configured."""

from __future__ import annotations

import logging

from mailroom.access.authentication import Authenticator
from mailroom.access.issuer_keys import IssuerKeys
from mailroom.accounts.authenticator import UserAuthenticator
from mailroom.accounts.logins import LoginService
from mailroom.accounts.passwords import Passwords
from mailroom.accounts.work import AccessTokens, AccountWorkFactory
from mailroom.config import AccountSettings, OidcSettings
from mailroom.metrics import WebMetrics

logger = logging.getLogger(__name__)


def make_logins(
    settings: AccountSettings, unit_of_work: AccountWorkFactory, passwords: Passwords, metrics: WebMetrics
) -> tuple[LoginService, list[Authenticator]]:
    """Return what logs users in, and what knows them afterwards: nothing where there are no signing keys."""

    def service(tokens: AccessTokens | None) -> LoginService:
        return LoginService(unit_of_work, passwords, tokens, seconds=settings.login_seconds, on_outcome=metrics.login)

    if not settings.signing_keys:
        logger.info("logins are off: there is no credential token_signing_keys")
        return service(None), []
    from mailroom.accounts.tokens import ISSUER, SignedTokens  # noqa: PLC0415 - 7 MB, only where there are logins

    logins = service(SignedTokens(settings.signing_keys, settings.access_seconds))
    return logins, [UserAuthenticator(logins, ISSUER)]


def make_outsiders(settings: OidcSettings | None) -> list[Authenticator]:
    """Return what knows callers by tokens of the outside issuer, if there is one. Nothing is asked of it yet."""
    if settings is None:
        return []
    from mailroom.access.discovery import https_reader, issuer_keys  # noqa: PLC0415 - 7 MB, only where it is wanted
    from mailroom.access.oidc import OidcAuthenticator  # noqa: PLC0415 - same

    read = https_reader()
    keys = IssuerKeys(lambda: issuer_keys(settings.issuer, read))
    return [OidcAuthenticator(settings, keys.key)]

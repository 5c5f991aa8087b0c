"""Logging in, staying logged in, logging out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from mailroom.accounts.entities import Login, User, hash_refresh_token, new_refresh_token, normal_address
from mailroom.accounts.users import check_password, replace_password, utc_now
from mailroom.accounts.work import AccessTokens, AccountWorkFactory, PasswordHashing
from mailroom.errors import Conflict, NotAuthenticated
from mailroom.messages.addresses import InvalidAddress

logger = logging.getLogger(__name__)

# Each login clears some that have expired, so that they never pile up.
_FORGOTTEN_AT_ONCE = 20
_REFUSED = "The e-mail address or the password is wrong."
_NOT_KNOWN = "The refresh token is not known, or its login has ended: log in again."
_REPLAYED = "The refresh token was used before, so its login has ended: log in again."


class LoginOutcome(StrEnum):
    """What became of an attempt to log in, or to stay so."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    RENEWED = "renewed"
    REPLAYED = "replayed"


class LoginService:
    """Logs users in and out. `tokens` is None where there are no signing keys: then nobody can log in."""

    def __init__(  # noqa: PLR0913 - what a login is made of, handed in by name
        self,
        unit_of_work: AccountWorkFactory,
        passwords: PasswordHashing,
        tokens: AccessTokens | None,
        *,
        seconds: int,
        on_outcome: Callable[[LoginOutcome], None],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._maybe_tokens = tokens
        self._lasts = timedelta(seconds=seconds)
        self._on_outcome = on_outcome
        self._clock = clock

    def log_in(self, email: str, password: str) -> Login:
        """Return a new login. Raises NotAuthenticated, LimitExceeded, Conflict where logins are off."""
        tokens, token, family = self._tokens(), new_refresh_token(), uuid4()
        user = self._verified(email, password)
        now = self._clock()
        expires_at = now + self._lasts
        # Again where another login of the same user gave the password a newer hash in between.
        while not self._begin(user, password, family, token, now, expires_at):
            user = self._verified(email, password)
        self._on_outcome(LoginOutcome.ACCEPTED)
        return Login(tokens.issue(user, family, now), tokens.seconds, token, expires_at)

    def renew(self, token: str) -> Login:
        """Return new tokens for a refresh token, which is of no use after that.

        Raises NotAuthenticated where it isn't good. One that was used before ends its login.
        """
        tokens, new, now = self._tokens(), new_refresh_token(), self._clock()
        used = hash_refresh_token(token)
        with self._unit_of_work() as work:
            renewal = work.families.renew(used, hash_refresh_token(new), now)
            ended = work.families.end_if_used(used, now) if renewal is None else None
        if ended is not None:
            logger.warning("a refresh token was used twice: its login has ended", extra={"family": str(ended)})
            self._on_outcome(LoginOutcome.REPLAYED)
            raise NotAuthenticated(_REPLAYED)
        if renewal is None:
            self._on_outcome(LoginOutcome.REFUSED)
            raise NotAuthenticated(_NOT_KNOWN)
        self._on_outcome(LoginOutcome.RENEWED)
        access_token = tokens.issue(renewal.user, renewal.family, now)
        return Login(access_token, tokens.seconds, new, renewal.expires_at)

    def log_out(self, token: str) -> None:
        """End the login of a refresh token; without effect where there is none."""
        with self._unit_of_work() as work:
            work.families.end(hash_refresh_token(token), self._clock())

    def change_password(self, user_id: int, old: str, new: str) -> None:
        """Give a user a new password and end all their logins. Raises Conflict where the old one is wrong."""
        check_password(new)
        with self._unit_of_work() as work:
            user = work.users.get(user_id)
        if user is None or not self._passwords.matches(user.password_hash, old):
            self._on_outcome(LoginOutcome.REFUSED)
            raise Conflict("wrong-password", "The old password is wrong.")
        password_hash = self._passwords.hash(new)
        with self._unit_of_work() as work:
            replace_password(work, user, password_hash, self._clock())

    def recognise(self, access_token: str) -> User:
        """Return whose access token it is. Raises NotAuthenticated where its login has ended, or its user may not."""
        family = self._tokens().family_of(access_token)
        with self._unit_of_work() as work:
            user = work.families.holder(family, self._clock())
        if user is None:
            raise NotAuthenticated("The login of this access token has ended: log in again.")
        return user

    def _tokens(self) -> AccessTokens:
        if self._maybe_tokens is None:
            raise Conflict("logins-off", "Logins are off: this service was given no keys to sign access tokens with.")
        return self._maybe_tokens

    def _verified(self, email: str, password: str) -> User:
        user = self._user_of(email)
        matches = self._passwords.matches(user.password_hash if user else None, password)
        if user is None or not matches or not user.active:
            self._on_outcome(LoginOutcome.REFUSED)
            raise NotAuthenticated(_REFUSED)
        return user

    def _user_of(self, email: str) -> User | None:
        try:
            address = normal_address(email)
        except InvalidAddress:
            return None
        with self._unit_of_work() as work:
            return work.users.with_address(address)

    def _begin(  # noqa: PLR0913, PLR0917 - one login, all its parts
        self, user: User, password: str, family: UUID, token: str, now: datetime, expires_at: datetime
    ) -> bool:
        verified = user.password_hash
        kept = self._passwords.hash(password) if self._passwords.is_dated(verified) else verified
        with self._unit_of_work() as work:
            if not work.users.note_login(user.id, verified, kept, now):
                return False
            work.families.begin(family, user.id, hash_refresh_token(token), now, expires_at)
            work.families.forget_expired(now, _FORGOTTEN_AT_ONCE)
        return True

"""What may be done with refresh tokens in any order, and what must hold all the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from mailroom.accounts.entities import Login
from mailroom.accounts.logins import LoginService
from mailroom.errors import NotAuthenticated
from support.accounts import PASSWORD

EMAIL = "ann@example.com"


@dataclass(eq=False)
class Expected:
    """What a login should be: the tokens used, the one that is good, and the last access token."""

    good: str
    access: str
    used: list[str] = field(default_factory=list)
    ended: bool = False


class RefreshTokens(RuleBasedStateMachine):
    """Logging in, renewing, replaying, logging out. `live` counts the good tokens of each login in storage."""

    service: LoginService
    live: Callable[[], list[int]]
    change_password: Callable[[], None]

    logins = Bundle("logins")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Expected] = []

    @rule(target=logins)
    def log_in(self) -> Expected:
        login = self.service.log_in(EMAIL, PASSWORD)
        expected = Expected(login.refresh_token, login.access_token)
        self.all.append(expected)
        return expected

    @rule(login=logins)
    def renew(self, login: Expected) -> None:
        renewed = self._shown(login.good)
        assert (renewed is None) == login.ended
        if renewed is not None:
            login.used.append(login.good)
            login.good, login.access = renewed.refresh_token, renewed.access_token

    @rule(login=logins, which=st.integers(0, 20))
    def replay(self, login: Expected, which: int) -> None:
        if login.used:
            assert self._shown(login.used[which % len(login.used)]) is None
            login.ended = True

    @rule(login=logins, with_used=st.booleans())
    def log_out(self, login: Expected, with_used: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        self.service.log_out(login.used[0] if with_used and login.used else login.good)
        login.ended = True

    @rule()
    def set_password(self) -> None:
        self.change_password()
        for login in self.all:
            login.ended = True

    @invariant()
    def each_living_login_has_one_good_token_and_an_ended_one_has_none(self) -> None:
        assert self.live() == [1] * sum(not login.ended for login in self.all)

    @invariant()
    def an_access_token_is_good_while_its_login_lives(self) -> None:
        for login in self.all:
            assert self._knows(login.access) != login.ended

    def _shown(self, token: str) -> Login | None:
        try:
            return self.service.renew(token)
        except NotAuthenticated:
            return None

    def _knows(self, access_token: str) -> bool:
        try:
            self.service.recognise(access_token)
        except NotAuthenticated:
            return False
        return True

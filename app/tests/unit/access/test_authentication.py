from __future__ import annotations

from dataclasses import dataclass

import pytest

from mailroom.access.authentication import Authentication
from mailroom.access.caller import Caller, CallerKind
from mailroom.errors import NotAuthenticated


@dataclass
class Knows:
    """An authenticator for credentials that begin in one way."""

    beginning: str

    def takes(self, credential: str) -> bool:
        return credential.startswith(self.beginning)

    def recognise(self, credential: str) -> Caller:
        return Caller(CallerKind.KEY, self.beginning, credential, frozenset())


AUTHENTICATION = Authentication([Knows("a"), Knows("ab"), Knows("c")])


@pytest.mark.parametrize(
    ("header", "known_by"),
    [("Bearer abc", "a"), ("bearer cde", "c"), ("BEARER  abc ", "a"), ("Bearer c d", "c")],
)
def test_the_first_that_takes_a_credential_says_whose_it_is(header: str, known_by: str) -> None:
    caller = AUTHENTICATION.caller(header)

    assert (caller.id, caller.name) == (known_by, header.partition(" ")[2].strip())


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"])
def test_a_header_without_a_credential_is_told_what_to_send(header: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        AUTHENTICATION.caller(header)

    assert str(caught.value) == "Send an API key or an access token: Authorization: Bearer <it>."


def test_a_credential_that_nobody_takes_is_none() -> None:
    with pytest.raises(NotAuthenticated) as caught:
        AUTHENTICATION.caller("Bearer xyz")

    assert str(caught.value) == "The credential is neither an API key nor an access token."

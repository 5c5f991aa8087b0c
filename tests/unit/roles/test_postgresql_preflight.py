"""What the role postgresql refuses of passwords, with what may be there."""

from __future__ import annotations

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

LONG = "sixteen-letters-or-more"
SOUND = {
    "one password": {"password": LONG},
    "one password with a number": {"password": f"4:{LONG}"},
    "two passwords": {"password": f"2:{LONG}\n1:{LONG}-before"},
}
WRONG = {
    "a short password": ({"password": "short"}, "postgresql_roles has ['guestbook']; a password must have at least 16"),
    "a short old password": (
        {"password": f"2:{LONG}\n1:short"},
        "postgresql_roles has ['guestbook']; a password must have",
    ),
    "no password": (
        {"password": ""},
        "postgresql_roles has ['guestbook']; a password must have at least 16 characters",
    ),
    "two passwords of one login": (
        {"password": f"3:{LONG}\n1:{LONG}"},
        "postgresql_roles has ['guestbook']; of two passwords one must have an odd number and the other an even one",
    ),
    "a role called as another's other login": (
        {"name": "guestbook_owner_2"},
        "postgresql_roles has ['guestbook_owner_2']; NAME_2 is the other login of the role NAME, so that no role",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    cases = SOUND | {label: wrong for label, (wrong, _) in WRONG.items()}
    return ask("postgresql", cases, tmp_path_factory.mktemp("refusals"))


@pytest.mark.parametrize("label", SOUND)
def test_what_is_sound_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_can_not_be_is_refused_with_what_may_be(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in " ".join(said[label].split())


def test_no_password_is_told(said: dict[str, str]) -> None:
    assert [label for label, words in said.items() if LONG in words] == []

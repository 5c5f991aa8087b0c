"""What Ansible makes of a secret of which two are valid for a while."""

from __future__ import annotations

from plugins.filter.logins import logins, numbered, passwords

BOTH = "2:the-new-one\n1:the-old-one\n"


def test_the_password_to_use_comes_first_and_without_its_number() -> None:
    assert passwords(BOTH) == ["the-new-one", "the-old-one"]


def test_a_password_without_a_number_is_the_first() -> None:
    assert passwords("made:before") == ["made:before"]
    assert logins("made before", "role") == [{"name": "role", "password": "made before"}]
    assert numbered("made before") == "1:made before"


def test_an_even_password_is_of_the_other_login() -> None:
    assert logins(BOTH, "role") == [
        {"name": "role_2", "password": "the-new-one"},
        {"name": "role", "password": "the-old-one"},
    ]


def test_a_list_with_numbers_stays_as_it_is() -> None:
    assert numbered(BOTH) == BOTH.strip()


def test_where_there_is_no_password_there_is_no_login() -> None:
    assert logins("", "role") == []

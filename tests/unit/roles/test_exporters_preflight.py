"""What the role exporters refuses, with what may be there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

MAY_BE = 'each name may be 1 to 40 of a-z, 0-9, "_" and "-", and be there once'
SOUND: dict[str, dict[str, Any]] = {
    "no backups": {},
    "two backups": {"backups": ["mailroom", "files-2_of_3"]},
    "the longest name": {"backups": ["a" * 40]},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a name that is a path": ({"backups": ["mailroom", "../etc"]}, f"exporters_backups is mailroom, ../etc; {MAY_BE}"),
    "a name with a capital": ({"backups": ["Mailroom"]}, f"exporters_backups is Mailroom; {MAY_BE}"),
    "too long a name": ({"backups": ["a" * 41]}, MAY_BE),
    "an empty name": ({"backups": [""]}, MAY_BE),
    "one name twice": ({"backups": ["mailroom", "mailroom"]}, f"exporters_backups is mailroom, mailroom; {MAY_BE}"),
    "too little memory": ({"memory_max": 31}, "exporters_memory_max is 31; it may be 32 to 512 (MiB)"),
    "every address": ({"address": "0.0.0.0"}, "exporters_listen_address is 0.0.0.0; it must be one address"),  # noqa: S104
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    folder = tmp_path_factory.mktemp("refusals")
    cases = SOUND | {label: wrong for label, (wrong, _) in WRONG.items()}
    return ask("exporters", cases, folder)


@pytest.mark.parametrize("label", SOUND)
def test_what_is_sound_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_can_not_be_is_refused_with_what_may_be(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]

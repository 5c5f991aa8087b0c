"""What the role journal refuses, with what may be there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

SENDERS = [{"name": "app-1", "address": "10.20.0.5"}, {"name": "app-2", "address": "10.20.0.6"}]
SOUND: dict[str, dict[str, Any]] = {"one host": {}, "several hosts": {"senders": SENDERS}}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no receiver": ({"receiver": ""}, "journal_receiver is ; it must be a host of the inventory"),
    "no address": ({"address": "monitoring"}, "it must be the IPv4 address of mon"),
    "a size without a unit": ({"max_use": "1000"}, "each must be a whole number with M or G, as in 500M"),
    "too short a memory": ({"keep_days": 9}, "journal_keep_days is 9; it may be 10 to 400 (days)"),
    "too long a certificate": ({"tls_days": 4000}, "journal_tls_days is 4000; it may be 90 to 3650 (days)"),
    "a name that is a path": (
        {"senders": [{"name": "../etc", "address": "10.20.0.5"}]},
        "journal_senders has ../etc; a name may be 1 to 63 letters",
    ),
    "an address of the other kind": (
        {"senders": [{"name": "app-1", "address": "fd00::5"}]},
        "journal_senders has fd00::5; an address must be an IPv4 address",
    ),
    "the receiver itself": (
        {"senders": [{"name": "mon", "address": "10.20.0.7"}]},
        "journal_senders has mon; the receiver reads its own journal where it is",
    ),
    "one host twice": (
        {"senders": [*SENDERS, SENDERS[0]]},
        "app-1; a name must be one host's alone",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    folder = tmp_path_factory.mktemp("refusals")
    cases = SOUND | {label: wrong for label, (wrong, _) in WRONG.items()}
    return ask("journal", cases, folder)


@pytest.mark.parametrize("label", SOUND)
def test_what_is_sound_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_can_not_be_is_refused_with_what_may_be(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]

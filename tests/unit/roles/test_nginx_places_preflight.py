"""What the role nginx refuses of places and of the app hosts that they are to lead to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

SITE: dict[str, Any] = {"name": "mailroom", "servers": ["10.20.0.5:8000", "10.20.0.6:8000"]}
HOSTS = "each is an IPv4 address with one and the same port"

# What is wrong, and what must be said.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "one place": ({"places": 1}, "nginx_places is 1 in 198.18.0.0/24; there may be 2 to 64, or 0 for none"),
    "too many": ({"places": 65}, "nginx_places is 65 in 198.18.0.0/24; there may be 2 to 64, or 0 for none"),
    "a wide network": ({"places_network": "198.18.0.0/15"}, "their network has 24 bits, as in 198.18.0.0/24"),
    "more hosts than places": (
        {"places": 2, "sites": [{**SITE, "servers": [f"10.20.0.{number}:8000" for number in (5, 6, 7)]}]},
        "mailroom has 3 app hosts, 10.20.0.5:8000, 10.20.0.6:8000, 10.20.0.7:8000",
    ),
    "hosts by name": ({"sites": [{**SITE, "servers": ["app-1:8000"]}]}, HOSTS),
    "hosts over IPv6": ({"sites": [{**SITE, "servers": ["[2001:db8::5]:8000"]}]}, HOSTS),
    "two ports": ({"sites": [{**SITE, "servers": ["10.20.0.5:8000", "10.20.0.6:8001"]}]}, HOSTS),
    "no path": ({"sites": [{**SITE, "ready_path": "healthz"}]}, "that are asked for healthz"),
    "no patience": ({"misses": 0}, "nginx_places_misses is 0; it may be 1 to 10"),
    "a drained file with blanks": ({"drained_file": "/etc/a b"}, "nginx_drained_file is /etc/a b; it must be an abso"),
}
TAKEN: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "no places": {"places": 0, "sites": [{**SITE, "servers": ["app-1:8000"]}]},
    "lanes and few places": {"places": 2, "sites": [{**SITE, "servers": ["unix:/srv/a/lanes/00.sock"] * 3}]},
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    cases = {label: {"sites": [SITE], "names": ["mail.test"], **wrong} for label, (wrong, _) in WRONG.items()}
    cases |= {label: {"sites": [SITE], "names": ["mail.test"], **case} for label, case in TAKEN.items()}
    return ask("nginx", cases, tmp_path_factory.mktemp("places"))


@pytest.mark.parametrize("label", TAKEN)
def test_what_can_be_led_to_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_what_no_place_could_lead_to_is_refused(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]

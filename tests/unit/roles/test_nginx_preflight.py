"""What the role nginx refuses of its sites, with the site's name and what may be there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

MAILROOM: dict[str, Any] = {
    "name": "mailroom",
    "servers": ["unix:/srv/mailroom/lanes/00.sock"],
    "server_names": ["mailroom.test"],
}
GUESTBOOK: dict[str, Any] = {
    "name": "guest-book",
    "servers": ["unix:/srv/guest-book/lanes/00.sock"],
    "server_names": ["guests.test"],
    "internal_port": 8001,
}

# What is wrong with the guest book, and what must be said.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "the other's name": (
        {"name": "mailroom"},
        "the same name twice: mailroom, mailroom; each must be one site's alone",
    ),
    "the other's port": ({"internal_port": 8000}, "the same internal_port twice: 8000, 8000"),
    "the other's host name": ({"server_names": ["mailroom.test"]}, "the same host name twice: mailroom.test, mailroom"),
    "no host name": ({"server_names": []}, "guest-book has no server_names; only the first site is reached without"),
    "a name with blanks": ({"name": "Guest book"}, "a site has a name of small letters, digits and dashes"),
    "no server": ({"servers": []}, "guest-book has []; a site has a name of small letters, digits and dashes, and at"),
    "lanes and hosts": (
        {"servers": ["unix:/srv/guest-book/lanes/00.sock", "10.20.0.6:8001"]},
        "either all of them lanes (unix:/path) or all of them hosts (address:port)",
    ),
    "a cookie without a name": ({"sticky": "cookie"}, 'sticky by cookie with the sticky_key ""; it must name'),
    "a cookie that nginx can't name": (
        {"sticky": "cookie", "sticky_key": "session-id"},
        'with the sticky_key "session-id"; it must name the cookie (letters, digits, _)',
    ),
    "static files without a path": (
        {"static": [{"url": "static", "root": "/srv/static"}]},
        "guest-book has static files at static from /srv/static; the url is a path with a slash at both ends",
    ),
}

GRAFANA: dict[str, Any] = {
    "name": "grafana",
    "path": "/grafana/",
    "server": "127.0.0.1:3000",
    "from": ["198.51.100.7", "2001:db8::/32"],
}
# What is wrong with Grafana beside it, and what must be said.
ASTRAY: dict[str, tuple[dict[str, Any], str]] = {
    "a service with a site's name": ({"name": "mailroom"}, "the same name twice: mailroom, mailroom"),
    "a service at no path": ({"path": "grafana"}, "nginx_proxies: grafana is at grafana for"),
    "a service for a name": ({"from": ["office.example.org"]}, "each that it's for is an address or a network"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    cases: dict[str, Any] = {
        label: {"sites": [MAILROOM, {**GUESTBOOK, **wrong}]} for label, (wrong, _) in WRONG.items()
    }
    cases |= {"nothing": {"sites": [MAILROOM, GUESTBOOK]}, "no site": {"sites": []}}
    cases |= {label: {"sites": [MAILROOM], "proxies": [{**GRAFANA, **wrong}]} for label, (wrong, _) in ASTRAY.items()}
    cases["a service beside it"] = {"sites": [MAILROOM], "proxies": [GRAFANA]}
    cases["a long absence"] = {"sites": [MAILROOM], "fail_timeout": 600}
    folder = tmp_path_factory.mktemp("refusals")
    return ask("nginx", cases, folder)


def test_two_sites_beside_each_other_are_taken(said: dict[str, str]) -> None:
    assert said["nothing"] == "taken"


@pytest.mark.parametrize("label", WRONG)
def test_a_site_that_could_not_be_served_is_refused_by_name(said: dict[str, str], label: str) -> None:
    assert WRONG[label][1] in said[label]


def test_a_service_beside_the_site_is_taken(said: dict[str, str]) -> None:
    assert said["a service beside it"] == "taken"


@pytest.mark.parametrize("label", ASTRAY)
def test_a_service_beside_the_sites_that_could_not_be_served_is_refused(said: dict[str, str], label: str) -> None:
    assert ASTRAY[label][1] in said[label]


def test_a_host_that_serves_nothing_is_refused(said: dict[str, str]) -> None:
    assert "nginx_sites is empty; it must name at least one application" in said["no site"]


def test_a_number_out_of_its_range_is_refused_with_the_range(said: dict[str, str]) -> None:
    assert "nginx_host_fail_timeout is 600; it may be 1 to 60" in said["a long absence"]

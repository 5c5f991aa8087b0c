"""Several applications on one host, lanes that a client keeps, and files that nginx answers by itself."""

from __future__ import annotations

import re

import pytest

from tests.templates.render import render
from tests.templates.test_nginx import (
    CONFIGURATION,
    GRAFANA,
    GUESTBOOK,
    HOSTS,
    LANES,
    MAILROOM,
    at_the_edge,
    behind_an_edge,
    block,
    listens,
    site,
)

BOTH = [MAILROOM, GUESTBOOK]
STATIC = [
    {"url": "/static/", "root": "/srv/guest-book/slots/blue/static"},
    {"url": "/static/", "root": "/srv/guest-book/slots/green/static"},
]


def servers_of(text: str) -> dict[str, str]:
    """Return the TLS servers of a rendered site by their names."""
    found = [server for server in text.split("\nserver {")[1:] if "443 ssl" in server]
    return {re.findall(r"server_name (.+);", server)[0]: server for server in found}


def test_each_site_has_its_own_upstream_with_its_own_lanes() -> None:
    text = site(nginx_sites=BOTH)

    assert block(text, "upstream mailroom").count("unix:/srv/mailroom/lanes/") == len(LANES)
    assert block(text, "upstream guest-book").count("unix:/srv/guest-book/lanes/") == 1


def test_each_site_answers_to_its_own_names_and_the_first_to_all_others() -> None:
    servers = servers_of(site(nginx_sites=BOTH))

    assert list(servers) == ["mailroom.test", "guests.test"]
    assert "proxy_pass http://mailroom;" in servers["mailroom.test"]
    assert "proxy_pass http://guest-book;" in servers["guests.test"]
    assert ["default_server" in server for server in servers.values()] == [True, False]


def test_the_options_of_a_socket_are_said_once() -> None:
    text = site(nginx_sites=BOTH)

    assert len(re.findall(r"listen 443 ssl.* backlog=", text)) == 1


def test_behind_an_edge_each_site_has_a_port_of_its_own() -> None:
    assert listens(behind_an_edge(nginx_sites=BOTH)) == ["127.0.0.1:8080", "10.20.0.5:8000", "10.20.0.5:8001"]


def test_another_service_is_served_under_the_first_site_alone() -> None:
    servers = servers_of(site(nginx_sites=BOTH, nginx_proxies=[GRAFANA]))

    assert ["/grafana/" in server for server in servers.values()] == [True, False]


def test_a_line_of_the_access_log_says_whose_it_is() -> None:
    formats = render("nginx", CONFIGURATION, nginx_sites=BOTH)
    servers = servers_of(site(nginx_sites=BOTH))

    assert re.findall(r"log_format (\S+) [^;]*?\"site\":\"([^\"]+)\"", formats) == [
        ("slipway_mailroom", "mailroom"),
        ("slipway_guest_book", "guest-book"),
        ("slipway_mailroom_shut", "mailroom"),
        ("slipway_guest_book_shut", "guest-book"),
    ]
    assert "access.log slipway_guest_book " in servers["guests.test"]


@pytest.mark.parametrize(
    ("how", "key"),
    [
        ({"sticky": "cookie", "sticky_key": "session"}, "$cookie_session"),
        ({"sticky": "header", "sticky_key": "X-Client-Id"}, "$http_x_client_id"),
    ],
    ids=["cookie", "header"],
)
def test_a_client_keeps_its_lane_by_a_cookie_or_a_header(how: dict[str, str], key: str) -> None:
    text = site(nginx_sites=[{**MAILROOM, **how}])

    assert "hash $slipway_client_mailroom;" in block(text, "upstream mailroom")
    assert f"default {key};" in block(text, f"map {key} $slipway_client_mailroom")


def test_a_client_without_the_cookie_is_spread_like_any_other() -> None:
    text = site(nginx_sites=[{**MAILROOM, "sticky": "cookie", "sticky_key": "session"}])

    assert '"" $request_id;' in block(text, "map $cookie_session $slipway_client_mailroom")


def test_a_client_keeps_its_lane_by_its_address() -> None:
    assert "hash $remote_addr;" in block(site(nginx_sites=[{**MAILROOM, "sticky": "address"}]), "upstream mailroom")


def test_lanes_that_stick_to_nothing_take_turns() -> None:
    assert "hash" not in site()


def test_an_edge_keeps_a_sticky_client_on_its_host_since_lanes_of_two_hosts_move_one_after_the_other() -> None:
    text = at_the_edge(nginx_sites=[{**MAILROOM, "servers": HOSTS, "sticky": "cookie", "sticky_key": "session"}])

    assert "hash $slipway_client_mailroom consistent;" in block(text, "upstream mailroom")
    assert "least_conn" not in text


def test_a_file_is_looked_for_in_both_slots_before_the_application_is_asked() -> None:
    text = servers_of(site(nginx_sites=[MAILROOM, {**GUESTBOOK, "static": STATIC}]))["guests.test"]

    assert "location ~ ^/static/(?<slipway_file>.+)$ {" in text
    tries = re.findall(r"try_files (.+);", text)
    assert [one.split() for one in tries] == [
        [
            "/srv/guest-book/slots/blue/static/$slipway_file",
            "/srv/guest-book/slots/green/static/$slipway_file",
            "@guest-book",
        ]
    ]
    assert text.count("proxy_pass http://guest-book;") == 2

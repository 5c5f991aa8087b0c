"""The site as nginx is told to serve it, in each of the places that a host can have."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.templates.by_ansible import rendered
from tests.templates.render import render

SITE = "etc/nginx/sites-available/slipway.conf"
PROXY = "etc/nginx/snippets/slipway-proxy.conf"
HEADERS = "etc/nginx/snippets/slipway-headers.conf"
CONFIGURATION = "etc/nginx/nginx.conf"
DROP_IN = "etc/systemd/system/nginx.service.d/slipway.conf"
LANES = [f"unix:/srv/mailroom/lanes/{number:02d}.sock" for number in range(20)]

MAILROOM = {"name": "mailroom", "servers": LANES}
GUESTBOOK = {
    "name": "guest-book",
    "servers": ["unix:/srv/guest-book/lanes/00.sock"],
    "internal_port": 8001,
    "server_names": ["guests.test"],
}
GRAFANA = {"name": "grafana", "path": "/grafana/", "server": "127.0.0.1:3000"}
HOSTS = ["10.20.0.5:8000", "10.20.0.6:8000"]


def site(**more: Any) -> str:  # noqa: ANN401
    """Return the rendered site, without comments."""
    settings = {"nginx_sites": [MAILROOM], "nginx_server_names": ["mailroom.test"], **more}
    return re.sub(r"#.*", "", rendered("nginx", SITE, **settings))


def behind_an_edge(**more: Any) -> str:  # noqa: ANN401
    """Return the site of an app host that takes requests from an edge host only."""
    place = {"nginx_public": False, "nginx_internal_address": "10.20.0.5", "nginx_edge_addresses": ["10.20.0.2"]}
    return site(**place, **more)


def at_the_edge(**more: Any) -> str:  # noqa: ANN401
    """Return the site of an edge host that spreads requests over two app hosts."""
    return site(**{"nginx_sites": [{**MAILROOM, "servers": HOSTS}], **more})


def block(text: str, head: str) -> str:
    """Return what stands in the first block that begins with a head, up to its closing brace at the line's start."""
    return text.split(f"\n{head} {{\n", 1)[1].split("\n}", 1)[0]


def within(text: str, head: str) -> str:
    """Return what stands in the first location that begins with a head, up to its closing brace."""
    return text.split(f"    {head} {{\n", 1)[1].split("\n    }", 1)[0]


def listens(text: str) -> list[str]:
    """Return the addresses on which a site listens."""
    return re.findall(r"listen (\S+?)[ ;]", text)


@pytest.mark.parametrize("text", [site(), behind_an_edge(), at_the_edge()], ids=["both", "app host", "edge host"])
def test_braces_are_balanced_in_every_place(text: str) -> None:
    assert text.count("{") == text.count("}")


def test_every_lane_is_an_upstream_server_that_is_never_given_up() -> None:
    servers = re.findall(r"^    server (.+);$", site(), re.MULTILINE)

    assert servers == [f"{lane} max_fails=0" for lane in LANES]


def test_connections_to_lanes_and_hosts_are_not_kept_since_a_kept_one_would_not_move() -> None:
    assert "keepalive" not in site() + at_the_edge()
    assert "Connection close" in render("nginx", PROXY)


def test_an_edge_listens_to_everybody_and_to_itself() -> None:
    assert listens(site()) == ["127.0.0.1:8080", "80", "[::]:80", "443", "[::]:443"]


def test_an_app_host_behind_an_edge_listens_only_on_its_private_address() -> None:
    text = behind_an_edge()

    assert listens(text) == ["127.0.0.1:8080", "10.20.0.5:8000"]
    assert "ssl_certificate" not in text


def test_http_leads_to_https_and_keeps_the_method() -> None:
    assert "return 308 https://$host$request_uri;" in site()


def test_every_open_server_adds_the_headers() -> None:
    servers = site().split("\nserver {")[1:]

    opened = [server for server in servers if "stub_status" not in server]
    assert opened
    assert all("include /etc/nginx/snippets/slipway-headers.conf;" in server for server in opened)


def test_an_app_host_leaves_the_headers_to_its_edge_so_that_none_comes_twice() -> None:
    assert "slipway-headers.conf" not in behind_an_edge()


def test_another_service_is_served_under_its_path() -> None:
    text = site(nginx_proxies=[GRAFANA])

    assert "proxy_pass http://127.0.0.1:3000;" in within(text, "location /grafana/")


def test_another_service_is_logged_under_its_own_name_and_not_the_sites() -> None:
    text = render("nginx", CONFIGURATION, nginx_sites=[MAILROOM], nginx_proxies=[GRAFANA])

    assert '"site":"grafana"' in text
    assert "access.log slipway_grafana " in within(site(nginx_proxies=[GRAFANA]), "location /grafana/")


def test_another_service_may_be_for_some_addresses_only() -> None:
    team = {**GRAFANA, "from": ["198.51.100.0/24", "2001:db8::/32"]}
    text = within(site(nginx_proxies=[team]), "location /grafana/")

    assert re.findall(r"(?:allow|deny) [^;]+", text) == ["allow 198.51.100.0/24", "allow 2001:db8::/32", "deny all"]
    assert "deny" not in within(site(nginx_proxies=[GRAFANA]), "location /grafana/")


@pytest.mark.parametrize(("seconds", "sent"), [(31536000, True), (0, False)])
def test_browsers_are_told_to_stay_with_https_unless_that_is_switched_off(seconds: int, *, sent: bool) -> None:
    text = render("nginx", HEADERS, nginx_hsts_seconds=seconds)

    assert (f'Strict-Transport-Security "max-age={seconds}"' in text) is sent


def test_every_header_is_sent_with_errors_too() -> None:
    headers = [line for line in render("nginx", HEADERS).splitlines() if line.startswith("add_header")]

    assert len(headers) >= 5
    assert all(line.endswith(" always;") for line in headers)


@pytest.mark.parametrize("field", ["time", "request_id", "status", "seconds", "release", "connection_requests"])
def test_the_access_log_has_what_is_looked_for(field: str) -> None:
    assert f'"{field}":' in render("nginx", CONFIGURATION, nginx_sites=[MAILROOM])

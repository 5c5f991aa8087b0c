"""The site as nginx is told to serve it, in each of the places that a host can have."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.templates.render import render

SITE = "etc/nginx/sites-available/slipway.conf"
HEADERS = "etc/nginx/snippets/slipway-headers.conf"
LANES = [f"unix:/srv/mailroom/lanes/{number:02d}.sock" for number in range(20)]


def site(**more: Any) -> str:  # noqa: ANN401
    """Return the rendered site, without comments."""
    settings = {"nginx_upstream_servers": LANES, "nginx_server_names": ["mailroom.test"], **more}
    return re.sub(r"#.*", "", render("nginx", SITE, **settings))


def listens(text: str) -> list[str]:
    """Return the addresses on which a site listens."""
    return re.findall(r"listen (\S+?)[ ;]", text)


def test_braces_are_balanced_in_every_place() -> None:
    for more in ({}, {"nginx_public": False, "nginx_internal_address": "10.20.0.5"}):
        text = site(**more)
        assert text.count("{") == text.count("}")


def test_every_lane_is_an_upstream_server_that_is_never_given_up() -> None:
    servers = re.findall(r"^    server (.+);$", site(), re.MULTILINE)

    assert servers == [f"{lane} max_fails=0" for lane in LANES]


def test_connections_to_lanes_are_not_kept_since_a_kept_one_would_not_move() -> None:
    assert "keepalive" not in site()
    assert "Connection close" in render("nginx", "etc/nginx/snippets/slipway-proxy.conf")


def test_an_edge_listens_to_everybody_and_to_itself() -> None:
    assert listens(site()) == ["127.0.0.1:8080", "80", "[::]:80", "443", "[::]:443"]


def test_an_app_host_behind_an_edge_listens_only_on_its_private_address() -> None:
    text = site(nginx_public=False, nginx_internal_address="10.20.0.5")

    assert listens(text) == ["127.0.0.1:8080", "10.20.0.5:8000"]
    assert "ssl_certificate" not in text


def test_http_leads_to_https_and_keeps_the_method() -> None:
    assert "return 308 https://$host$request_uri;" in site()


def test_every_open_server_adds_the_headers() -> None:
    servers = site().split("\nserver {")[1:]

    opened = [server for server in servers if "stub_status" not in server]
    assert opened
    assert all("include /etc/nginx/snippets/slipway-headers.conf;" in server for server in opened)


def test_another_service_is_served_under_its_path() -> None:
    text = site(nginx_proxies=[{"path": "/grafana/", "server": "127.0.0.1:3000"}])

    assert re.search(r"location /grafana/ \{\s+proxy_pass http://127\.0\.0\.1:3000;", text)


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
    assert f'"{field}":' in render("nginx", "etc/nginx/nginx.conf")

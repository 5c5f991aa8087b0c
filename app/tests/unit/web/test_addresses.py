from __future__ import annotations

import pytest
from flask import Flask, Response

from mailroom.web.addresses import address_in_hand, trust_proxies


def seen(proxies: int, peer: str, forwarded: str | None = None) -> str:
    """Return as what a peer is counted that sends such a header."""
    app = Flask("test")
    app.add_url_rule("/", "address", lambda: Response(address_in_hand()))
    trust_proxies(app, proxies)
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": peer}).get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("mailroom", "unknown"),
    ],
)
def test_an_address_is_counted_by_what_one_client_has(address: str, counted: str) -> None:
    assert seen(0, address) == counted


def test_behind_a_proxy_the_client_is_the_one_that_it_names() -> None:
    assert seen(1, "", "192.0.2.1") == "192.0.2.1"


def test_without_a_proxy_the_header_is_not_believed() -> None:
    assert seen(0, "192.0.2.1", "198.51.100.9") == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (1, "203.0.113.9, nonsense", "unknown"),
    ],
)
def test_what_a_client_writes_before_the_proxies_is_not_believed(proxies: int, forwarded: str, counted: str) -> None:
    assert seen(proxies, "", forwarded) == counted


def test_of_a_header_with_fewer_addresses_than_proxies_nothing_is_believed() -> None:
    assert seen(2, "10.0.0.2", "203.0.113.9") == "10.0.0.2"


def test_no_other_header_of_a_proxy_is_believed() -> None:
    app = Flask("test")
    app.add_url_rule("/", "where", lambda: Response(app.url_for("where", _external=True)))
    trust_proxies(app, 1)
    lies = dict.fromkeys(("X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Real-IP"), "lies.test")

    assert app.test_client().get("/", headers=lies).data == b"http://localhost/"

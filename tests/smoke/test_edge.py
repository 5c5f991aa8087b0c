"""What nginx adds to every answer, whatever service is behind it."""

from __future__ import annotations

import re
import socket
import ssl
import urllib.parse
import uuid
import warnings
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web import Site

PROTECTING_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NGINXS_OWN_ID = re.compile(r"[0-9a-f]{32}")


def handshake(site: Site, context: ssl.SSLContext, name: str) -> str:
    """Shake hands as a client that asks for a name; return the protocol that was agreed on."""
    with (
        socket.create_connection((site.address, 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        return secured.version() or ""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_http_leads_to_https_with_method_path_and_query(site: Site, method: str) -> None:
    answer = site.ask("/api/v1/messages?a=1&b=%20x", method, plain=True)

    assert answer.status == 308
    target = urllib.parse.urlsplit(answer.header("Location"))
    assert (target.scheme, target.path, target.query) == ("https", "/api/v1/messages", "a=1&b=%20x")


def test_the_certificate_is_good_for_every_name(site: Site) -> None:
    for name in site.names:
        assert site.ask("/health/live", name=name).status == 200


def test_the_certificate_is_good_for_the_address_where_it_is_the_hosts_own(site: Site) -> None:
    if site.certificate is None:
        pytest.skip("a public authority signs names, not addresses")

    assert handshake(site, site.trust(), site.address)


def test_the_certificate_is_good_for_no_other_name(site: Site) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(site, site.trust(), "elsewhere.test")


def test_a_new_protocol_is_agreed_on(site: Site) -> None:
    assert handshake(site, site.trust(), (*site.names, site.address)[0]) == "TLSv1.3"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["TLS 1.0", "TLS 1.1"])
def test_an_old_protocol_is_refused(site: Site, version: ssl.TLSVersion) -> None:
    context = site.trust()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or the client's own library would refuse before the server can
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version

    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        handshake(site, context, (*site.names, site.address)[0])


@pytest.mark.parametrize("path", ["/health/live", "/nothing-here"], ids=["an answer", "an error"])
def test_every_answer_carries_the_headers_that_protect_a_browser(site: Site, path: str) -> None:
    answer = site.ask(path)

    assert {name: answer.header(name) for name in PROTECTING_HEADERS} == PROTECTING_HEADERS
    assert re.fullmatch(r"max-age=[1-9]\d{6,}", answer.header("Strict-Transport-Security"))


def test_the_server_does_not_tell_its_version(site: Site) -> None:
    assert site.ask("/health/live").header("Server") == "nginx"
    assert b"nginx/" not in site.ask("/health/live", plain=True).body


def test_a_request_without_an_id_gets_one(site: Site) -> None:
    first, second = (site.ask("/health/live").header("X-Request-ID") for _ in range(2))

    assert NGINXS_OWN_ID.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("given", ["a b", "x" * 65, '"};drop', "<b>", "ä".encode().decode("latin-1")])
def test_an_id_that_is_not_sane_is_replaced(site: Site, given: str) -> None:
    assert NGINXS_OWN_ID.fullmatch(site.ask("/health/live", headers={"X-Request-ID": given}).header("X-Request-ID"))


def test_a_sane_id_is_passed_on_and_comes_back_once(site: Site) -> None:
    given = f"verify-{uuid.uuid4().hex}"

    answer = site.ask("/health/live", headers={"X-Request-ID": given})

    assert answer.headers.get_all("X-Request-ID") == [given]


def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    # One byte more than a mail with all of its files takes (mailroom_max_body_bytes).
    assert site.ask("/health/live", "POST", body=b"x" * (4 * 1024 * 1024 + 1)).status == 413


def test_a_small_answer_is_not_compressed(site: Site) -> None:
    assert site.ask("/health/live", headers={"Accept-Encoding": "gzip"}).header("Content-Encoding") == ""


def test_a_large_answer_is_compressed_for_who_asks(site: Site) -> None:
    path = "/nothing-here/" + "a" * 1500  # a problem document repeats the path that was asked for

    asked, unasked = site.ask(path, headers={"Accept-Encoding": "gzip"}), site.ask(path)

    assert asked.header("Content-Encoding") == "gzip"
    assert asked.header("Vary") == "Accept-Encoding"
    assert len(asked.body) < len(unasked.body) / 2
    assert unasked.header("Content-Encoding") == ""

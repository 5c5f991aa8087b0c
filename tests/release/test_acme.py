"""Certificates of an ACME authority: Debian's certbot gets and renews them from Pebble, Let's Encrypt's for tests."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fleet import Fleet
from tests.release.acme_edge import NAMES, PLAY, AcmeEdge
from tests.release.pebble import REFUSED
from tests.turns import share
from tools.up import ROOT

pytestmark = [pytest.mark.timeout(900), share(1)]


@pytest.fixture(scope="module")
def edge(lab: str) -> Iterator[AcmeEdge]:
    fleet = Fleet(lab, Path(os.environ["SLIPWAY_STATE"]), ROOT / "tests/inventories/acme")
    made = AcmeEdge.make(fleet)
    assert made.first.code == 0, made.first.output[-6000:]
    yield made
    fleet.close()


def test_a_check_of_a_blank_host_says_that_a_certificate_would_be_got(edge: AcmeEdge) -> None:
    assert edge.blank_check.code == 0, edge.blank_check.output[-6000:]
    assert "Get a certificate of these names, unless there is one" in "\n".join(edge.blank_check.changes)


def test_one_converge_goes_from_a_blank_host_to_a_certificate_that_clients_trust(edge: AcmeEdge) -> None:
    assert [edge.trusted(name) for name in NAMES] == [True, True]
    assert not edge.trusted("elsewhere.test")
    assert edge.names() == set(NAMES)
    assert isinstance(edge.leaf().public_key(), ec.EllipticCurvePublicKey)


def test_another_converge_changes_nothing(edge: AcmeEdge) -> None:
    before = edge.leaf().serial_number

    assert edge.converge().changes == []
    assert edge.converge("--check", "--diff").changes == []
    assert edge.leaf().serial_number == before


def test_the_keys_are_roots_alone_but_for_what_is_served(edge: AcmeEdge) -> None:
    listed = edge.run(
        "stat --format '%U:%G %a' /etc/letsencrypt/archive/slipway/privkey1.pem /etc/nginx/tls/site.key"
        " /etc/nginx/served /etc/nginx/served/even.pem /etc/nginx/served/odd.pem"
    )

    assert listed.splitlines() == ["root:root 600"] * 2 + ["root:www-data 750"] + ["root:www-data 640"] * 2


def test_plain_http_shows_challenges_and_leads_all_else_to_https(edge: AcmeEdge) -> None:
    edge.run("mkdir -p /var/lib/acme-challenge/.well-known/acme-challenge")
    edge.run("echo -n proof > /var/lib/acme-challenge/.well-known/acme-challenge/test")
    with closing(http.client.HTTPConnection(edge.address, 80, timeout=10)) as connection:
        connection.request("GET", "/.well-known/acme-challenge/test", headers={"Host": NAMES[0]})
        found = connection.getresponse()
        assert (found.status, found.read()) == (200, b"proof")
        connection.request("GET", "/other", headers={"Host": NAMES[0]})
        led = connection.getresponse()
        led.read()

    assert (led.status, led.getheader("Location")) == (308, f"https://{NAMES[0]}/other")


def test_a_look_at_a_certificate_that_is_good_changes_nothing(edge: AcmeEdge) -> None:
    before = edge.leaf().serial_number

    assert edge.look() == "success"
    assert edge.leaf().serial_number == before
    assert edge.run("systemctl is-enabled certbot.timer; systemctl is-active certbot.timer").split() == [
        "enabled",
        "active",
    ]


def test_a_renewal_reaches_clients_without_a_reload_and_cuts_no_idle_connection(edge: AcmeEdge) -> None:
    before, processes = edge.leaf(), edge.processes()
    context = ssl.create_default_context(cadata=edge.authority.root())
    context.check_hostname = False  # the name is asked for as the Host alone
    with closing(http.client.HTTPSConnection(edge.address, timeout=30, context=context)) as connection:
        connection.request("GET", "/", headers={"Host": NAMES[0]})
        connection.getresponse().read()
        kept = connection.sock
        with edge.due():
            assert edge.look() == "success", edge.said()
        connection.request("GET", "/", headers={"Host": NAMES[0]})
        answer = connection.getresponse()
        answer.read()

        assert (answer.status, connection.sock) == (200, kept)
    after = edge.leaf()
    assert after.serial_number != before.serial_number
    assert after.public_key() != before.public_key(), "the key is new each time"
    assert edge.trusted(NAMES[0])
    assert edge.processes() == processes


def test_an_authority_that_is_away_leaves_the_certificate_and_a_failed_unit(edge: AcmeEdge) -> None:
    before = edge.leaf().serial_number
    with edge.authority_away(), edge.due():
        assert edge.look() == "exit-code"

    assert "certbot.service" in edge.run("systemctl list-units --state failed --plain --no-legend")
    assert edge.leaf().serial_number == before
    assert edge.look() == "success", "the next look mends it"


def test_a_certificate_that_is_not_good_is_not_served_and_leaves_a_failed_unit(edge: AcmeEdge) -> None:
    before = edge.leaf().serial_number
    key = "/etc/letsencrypt/live/slipway/privkey.pem"  # a link, which certbot wants to stay one
    edge.run(
        f"umask 077; cat {key} > /run/kept.key; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 > {key}"
    )
    result, said = edge.look(), edge.said()
    edge.run(f"cat /run/kept.key > {key}; rm /run/kept.key")

    assert result == "exit-code"
    assert "refused: /etc/letsencrypt/live/slipway/fullchain.pem isn't the certificate of this key" in said
    assert edge.leaf().serial_number == before
    assert edge.look() == "success"


def test_another_name_needs_a_converge_alone(edge: AcmeEdge) -> None:
    more = [*NAMES, "shop.acme.test"]
    played = edge.converge("-e", json.dumps({"nginx_server_names": more}))

    assert "Get a certificate of these names, unless there is one" in "\n".join(played.changes)
    assert edge.names() == set(more)
    edge.converge()
    assert edge.names() == set(NAMES)


def test_an_authority_that_refuses_stops_the_converge_with_its_reason_and_the_site_goes_on(edge: AcmeEdge) -> None:
    before = edge.leaf().serial_number
    played = edge.fleet.play(PLAY, "-e", json.dumps({"nginx_server_names": [*NAMES, REFUSED]}))

    assert played.code != 0
    assert f"certbot got no certificate for acme.test, www.acme.test, {REFUSED}" in played.output
    assert edge.leaf().serial_number == before
    edge.converge()

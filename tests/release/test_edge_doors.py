"""The site shut for maintenance, locked, and limited, by the commands and variables of people, on an edge host."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fleet import Fleet
from tests.playing import Played
from tests.release.acme_edge import BESIDE, EDGE, NAMES
from tests.turns import share
from tests.web import Answer, Site
from tools.up import ROOT

pytestmark = [pytest.mark.timeout(900), share(1)]

PLAY = "tests/release/plays/edge.yml"
OWN = {"nginx_tls_source": "self-signed"}
FLAG = "/var/lib/slipway-edge/maintenance.prom"


@pytest.fixture(scope="module")
def hosts(lab: str) -> Iterator[Fleet]:
    """Return the hosts, the edge with a certificate of its own, an application that answers GET beside it."""
    fleet = Fleet(lab, Path(os.environ["SLIPWAY_STATE"]), ROOT / "tests/inventories/acme")
    fleet.boot_all()
    fleet.run(BESIDE, "command -v curl || (apt-get update -qq; apt-get install -qq --no-install-recommends curl)")
    fleet.run(BESIDE, "systemd-run --quiet --collect --unit=slipway-app python3 -m http.server 8000")
    converge(fleet)
    yield fleet
    fleet.close()


@pytest.fixture
def site(hosts: Fleet) -> Site:
    """Return the site as clients reach it, from the control node's address."""
    return Site(EDGE, hosts.addresses[EDGE], NAMES, hosts.certificate)


def converge(fleet: Fleet, **more: object) -> Played:
    """Converge the edge, which must work."""
    played = fleet.play(PLAY, "-e", json.dumps({**OWN, **more}))
    assert played.code == 0, played.output[-6000:]
    return played


def maintenance(fleet: Fleet, *, on: bool) -> Played:
    """Do what `make maintenance` does; it must work."""
    played = fleet.play("maintenance.yml", "-e", f"nginx_maintenance={str(on).lower()}")
    assert played.code == 0, played.output[-6000:]
    return played


def from_beside(fleet: Fleet, path: str = "/") -> str:
    """Ask from the monitoring host, as a release's probe does; return the status."""
    return fleet.run(
        BESIDE,
        "curl --silent --insecure --output /dev/null --write-out '%{http_code}'"
        f" --resolve {NAMES[0]}:443:{fleet.addresses[EDGE]} https://{NAMES[0]}{path}",
    )


def program(site: Site, path: str = "/") -> Answer:
    return site.ask(path, headers={"Accept": "application/json"})


def test_maintenance_shuts_the_site_until_it_is_over_and_nginx_is_not_reloaded(hosts: Fleet, site: Site) -> None:
    processes = hosts.run(EDGE, "ps -C nginx -o pid= | sort -n")
    began = maintenance(hosts, on=True)
    shut = program(site)
    again = maintenance(hosts, on=True)
    probed, health = from_beside(hosts), program(site, "/health/ready").status
    over = maintenance(hosts, on=False)

    assert (shut.status, shut.header("Content-Type")) == (503, "application/problem+json")
    assert (began.changed, again.changed, over.changed) == (1, 0, 1)
    assert (probed, health) == ("200", 404), "the probe and health reach the application"
    assert program(site).status == 200
    assert hosts.run(EDGE, "ps -C nginx -o pid= | sort -n") == processes


def test_maintenance_outlives_a_converge_and_a_reboot_and_says_since_when(hosts: Fleet, site: Site) -> None:
    maintenance(hosts, on=True)
    since = hosts.run(EDGE, f"cat {FLAG}")
    assert converge(hosts).changes == []
    hosts.reboot(EDGE)
    shut = program(site).status
    kept = hosts.run(EDGE, f"cat {FLAG}")
    maintenance(hosts, on=False)

    assert shut == 503
    assert kept == since
    assert since.startswith("slipway_edge_maintenance_since_timestamp_seconds 1")


def test_maintenance_in_check_mode_changes_nothing(hosts: Fleet, site: Site) -> None:
    played = hosts.play("maintenance.yml", "--check", "-e", "nginx_maintenance=true")

    assert (played.code, played.changed) == (0, 1)
    assert program(site).status == 200


@pytest.fixture(scope="module")
def locked(hosts: Fleet) -> Iterator[str]:
    """Lock the site; return the password of `team`."""
    password = "long and random"  # noqa: S105 - of this test alone
    words = ["openssl", "passwd", "-6", password]
    hashed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    users = [{"name": "team", "password_hash": hashed}]
    played = converge(hosts, nginx_access_users=users)
    assert hashed not in played.output
    yield password
    converge(hosts)


def test_a_locked_site_asks_for_a_login(hosts: Fleet, site: Site, locked: str) -> None:
    del locked
    answer = program(site)

    assert (answer.status, answer.header("WWW-Authenticate")) == (401, 'Basic realm="This site is for the team"')
    assert from_beside(hosts) == "200", "a release's probe comes through"


def test_a_login_opens_a_locked_site(site: Site, locked: str) -> None:
    told = base64.b64encode(f"team:{locked}".encode()).decode()

    assert site.ask("/", headers={"Authorization": f"Basic {told}"}).status == 200


def test_a_converge_shows_no_hash_of_a_password(hosts: Fleet) -> None:
    users = [{"name": "team", "password_hash": "$6$abcdefgh$" + "a" * 86}]
    shown = hosts.play(PLAY, "--check", "--diff", "-e", json.dumps({**OWN, "nginx_access_users": users}))

    assert shown.code == 0, shown.output[-4000:]
    assert "a" * 86 not in shown.output
    assert "who has a login" in "\n".join(shown.changes)


def test_one_address_that_asks_too_often_is_told_to_wait(hosts: Fleet, site: Site) -> None:
    converge(hosts, nginx_limit_requests=5, nginx_limit_burst=10)
    with ThreadPoolExecutor(8) as beside:
        said = Counter(beside.map(lambda _: program(site).status, range(60)))
    refused = next(answer for answer in (program(site) for _ in range(60)) if answer.status == 429)
    probed = {from_beside(hosts) for _ in range(20)}
    converge(hosts)

    assert set(said) == {200, 429}
    assert refused.header("Retry-After") == "1"
    assert refused.json()["title"] == "Too Many Requests"
    assert probed == {"200"}


def test_a_certificate_can_be_given_by_variables_and_the_key_is_shown_nowhere(hosts: Fleet) -> None:
    pem = hosts.run(EDGE, "cat /etc/nginx/site.crt")
    key = hosts.run(EDGE, "cat /etc/nginx/tls/site.key")
    given = {"nginx_tls_source": "files", "nginx_tls_certificate": "/etc/nginx/given.crt"}
    given |= {"nginx_tls_key": "/etc/nginx/tls/given.key", "nginx_tls_certificate_pem": pem, "nginx_tls_key_pem": key}
    played = hosts.play(PLAY, "--diff", "-e", json.dumps(given))

    assert played.code == 0, played.output[-4000:]
    assert "PRIVATE KEY" not in played.output
    assert hosts.run(EDGE, "stat --format '%U %a' /etc/nginx/tls/given.key").strip() == "root 600"
    assert hosts.run(EDGE, "slipway-tls --check").startswith("unchanged")
    converge(hosts)

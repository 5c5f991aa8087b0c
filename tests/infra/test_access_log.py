"""The access log is where a request is found again: JSON, one line each, with the request's id."""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.web import Site, sites

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://edge"]

LOG = "/var/log/nginx/access.log"


@pytest.fixture
def site(host: Host) -> Site:
    """The site of the host under test."""
    name = host.ansible.get_variables()["inventory_hostname"]
    return next(site for site in sites() if site.host == name)


def line_of(host: Host, request_id: str) -> dict[str, Any]:
    """Return the log line of a request; nginx writes its buffer out every second."""
    for _ in range(20):
        found = host.run("grep --fixed-strings -- %s %s", f'"request_id":"{request_id}"', LOG).stdout.splitlines()
        if found:
            return dict(json.loads(found[0]))
        time.sleep(0.2)
    pytest.fail(f"no line with the request id {request_id} came into {LOG}")


def test_a_request_is_found_by_the_id_that_its_client_gave(host: Host, site: Site) -> None:
    given = f"verify-{uuid.uuid4().hex}"

    site.ask("/health/live?with=query", headers={"X-Request-ID": given, "User-Agent": 'a "quoted" \\ one'})

    line = line_of(host, given)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/health/live", 200)
    assert line["agent"] == 'a "quoted" \\ one'
    assert line["upstream_status"] == "200"


def test_a_request_is_found_by_the_id_that_it_was_answered_with(host: Host, site: Site) -> None:
    answer = site.ask("/health/live")

    line = line_of(host, answer.header("X-Request-ID"))
    assert line["release"] == answer.header("X-Release") != ""


def test_no_query_is_logged_since_it_may_hold_a_secret(host: Host, site: Site) -> None:
    given = f"verify-{uuid.uuid4().hex}"

    site.ask("/health/live?key=nobodys-business", headers={"X-Request-ID": given})

    assert "nobodys-business" not in json.dumps(line_of(host, given))


def test_the_last_lines_are_json_each(host: Host) -> None:
    lines = host.check_output("tail --lines 200 %s", LOG).splitlines()

    assert lines
    assert all({"time", "request_id", "status", "seconds"} <= set(json.loads(line)) for line in lines)


def test_only_administrators_read_the_log(host: Host) -> None:
    assert host.file(LOG).mode & 0o007 == 0


def counted(host: Host) -> str:
    """Return the metrics that mtail makes of the log."""
    address = host.ansible.get_variables()["slipway_metrics_address"]
    return str(host.check_output(f"curl --silent --fail http://{address}:3903/metrics"))


def refused(metrics: str, site: str) -> float:
    """Return a site's requests that were answered 4xx."""
    found = re.search(rf'nginx_http_requests_total{{site="{site}",status_class="4xx"}} (\S+)', metrics)
    return float(found[1]) if found else 0.0


def test_a_request_is_counted_for_its_site_whatever_host_it_asks_for(host: Host, site: Site) -> None:
    name = str(host.ansible.get_variables()["app_name"])
    before = refused(counted(host), name)

    site.ask("/no-such-page", headers={"Host": "stranger.example"})

    until = time.monotonic() + 10
    while refused(counted(host), name) <= before:
        assert time.monotonic() < until, "the request isn't counted"
        time.sleep(0.5)
    assert "stranger" not in counted(host)


def test_the_log_is_rotated(host: Host) -> None:
    assert host.service("logrotate.timer").is_enabled
    assert host.run("logrotate --debug /etc/logrotate.d/nginx").rc == 0

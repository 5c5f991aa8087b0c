"""What is counted of nginx's access log: lines as nginx writes them, read by the mtail that hosts run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.mtail import counted, following
from tests.templates.render import render
from tests.templates.test_nginx import CONFIGURATION, GRAFANA, GUESTBOOK, MAILROOM

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM = "roles/exporters/files/nginx.mtail"
REQUESTS = "nginx_http_requests_total"
DURATION = "nginx_http_request_duration_seconds"
CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"]
USUAL = {
    "time_iso8601": "2026-03-01T13:00:00+00:00",
    "slipway_request_id": "4f2c9d0be8a14d0d8d5d0a5f4d3c2b1a",
    "remote_addr": "203.0.113.7",
    "request_method": "GET",
    "uri": "/api/v1/messages",
    "server_protocol": "HTTP/2.0",
    "status": "200",
    "body_bytes_sent": "512",
    "request_time": "0.012",
    "upstream_addr": "unix:/srv/mailroom/lanes/03.sock",
    "upstream_status": "200",
    "upstream_response_time": "0.011",
    "upstream_http_x_slipway_host": "app-1",
    "upstream_http_x_release": "1.4.0",
    "connection": "77",
    "connection_requests": "3",
    "http_user_agent": "curl/8.14.1",
}
# What clients send to be taken for something else: of a log line, of another site, of another status.
FORGED = [
    '","site":"evil","status":500,"bytes":1,"seconds":99.000,"x":"',
    '"status":500,"bytes":1,"seconds":99.000,',
    '\n{"time":"x","request_id":"y","site":"evil","status":500,"bytes":1,"seconds":99.000,',
    "\\",
    "a" * 8000,
    "\u00e4\u2603\x00\x7f",
]


def formats() -> dict[str, str]:
    """Return nginx's log format of each site, as the role writes it."""
    text = render("nginx", CONFIGURATION, nginx_sites=[MAILROOM, GUESTBOOK], nginx_proxies=[GRAFANA])
    found = re.findall(r"log_format (\w+) escape=json\s+((?:'[^']*'\s*)+);", text)
    return {name.removeprefix("slipway_"): "".join(re.findall(r"'([^']*)'", parts)) for name, parts in found}


def escaped(value: str) -> str:
    """Return a value as nginx writes it with escape=json (ngx_escape_json)."""
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    return "".join(short.get(char, f"\\u{ord(char):04x}" if char < " " else char) for char in value)


def line(site: str = "mailroom", **values: str) -> str:
    """Return the line that nginx writes about a request."""
    told = {name: escaped(value) for name, value in {**USUAL, **values}.items()}
    return re.sub(r"\$(\w+)", lambda named: told[named[1]], formats()[site]) + "\n"


def series(lines: Iterable[str]) -> dict[str, float]:
    return counted(PROGRAM, "".join(lines))


def requests(found: dict[str, float], site: str) -> dict[str, float]:
    """Return a site's requests by status class."""
    return {
        klass: found[f'{REQUESTS}{{site="{site}",status_class="{klass}"}}']
        for klass in CLASSES
        if f'{REQUESTS}{{site="{site}",status_class="{klass}"}}' in found
    }


def test_requests_are_counted_by_class_of_their_status() -> None:
    found = series(line(status=status) for status in ["101", "200", "204", "308", "404", "499", "500", "502", "504"])

    assert requests(found, "mailroom") == {"1xx": 1, "2xx": 2, "3xx": 1, "4xx": 2, "5xx": 3}


def test_each_site_and_each_service_beside_it_is_counted_by_itself() -> None:
    found = series([line(), line("guest_book", status="404"), line("grafana", request_time="30.100")])

    assert [requests(found, site)["2xx"] for site in ("mailroom", "guest-book", "grafana")] == [1, 0, 1]
    assert requests(found, "guest-book")["4xx"] == 1
    assert found[f'{DURATION}_bucket{{site="mailroom",le="10"}}'] == 1
    assert found[f'{DURATION}_bucket{{site="grafana",le="30"}}'] == 0


def test_every_class_begins_at_zero_so_that_the_first_error_is_an_increase() -> None:
    assert requests(series([line()]), "mailroom") == {"1xx": 0, "2xx": 1, "3xx": 0, "4xx": 0, "5xx": 0}


def test_a_duration_is_in_every_bucket_that_it_does_not_exceed() -> None:
    found = series(line(request_time=seconds) for seconds in ["0.000", "0.005", "0.006", "0.100", "2.501", "61.000"])
    buckets = [value for name, value in found.items() if "_bucket" in name]

    # 5, 10, 25 and 50 ms, 100, 250 and 500 ms, 1 s, 2.5 s, 5 s, 10 s, 30 s, any.
    assert buckets == [2, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 6]
    assert found[f'{DURATION}_count{{site="mailroom"}}'] == 6
    assert found[f'{DURATION}_sum{{site="mailroom"}}'] == pytest.approx(63.612)


@pytest.mark.parametrize(
    "field", ["uri", "http_user_agent", "request_method", "upstream_http_x_release", "upstream_http_x_slipway_host"]
)
def test_nothing_that_a_client_or_a_service_sends_makes_a_series_or_an_error(field: str) -> None:
    usual = series([line()] * len(FORGED))

    assert series(line(**{field: forged}) for forged in FORGED) == usual


def test_a_request_that_nginx_refused_before_it_knew_what_it_was_is_counted() -> None:
    empty = dict.fromkeys(["request_method", "uri", "server_protocol", "upstream_addr", "upstream_status"], "")
    found = series([line(status="400", upstream_response_time="", http_user_agent="", **empty)])

    assert requests(found, "mailroom")["4xx"] == 1


def test_lines_that_are_cut_or_have_no_status_are_left_out() -> None:
    whole = line(status="503")
    found = series([whole[:80] + "\n", line(status="000"), "\n", "not a line of nginx\n", whole])

    assert requests(found, "mailroom") == {"1xx": 0, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 1}


def test_what_there_is_depends_on_the_sites_alone() -> None:
    one = series([line()])
    many = series(line(status=f"{status}", request_time=f"{status / 7:.3f}") for status in range(100, 600))

    assert sorted(one) == sorted(many)
    assert len(one) == 5 + 15


def test_counting_goes_on_after_the_log_was_rotated() -> None:
    good = f'{REQUESTS}{{site="mailroom",status_class="2xx"}}'
    with following(PROGRAM) as mtail:
        with mtail.log.open("a", encoding="utf-8") as log:
            log.write(line())
            log.flush()
            assert mtail.tells(good, 1)
            # As logrotate does it: nginx goes on with the file under its old name until it is told.
            mtail.log.rename(mtail.log.with_suffix(".log.1"))
            mtail.log.touch()
        mtail.log.write_text(line() * 2, encoding="utf-8")
        assert mtail.tells(good, 3)

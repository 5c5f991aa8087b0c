"""An edge host that spreads requests over app hosts, and app hosts that believe nobody but their edge."""

from __future__ import annotations

import re

import pytest

from tests.templates.by_ansible import rendered
from tests.templates.render import render
from tests.templates.test_nginx import (
    CONFIGURATION,
    DROP_IN,
    HOSTS,
    MAILROOM,
    PROXY,
    at_the_edge,
    behind_an_edge,
    block,
    site,
)


def test_an_edge_leaves_out_a_host_that_fails_but_only_for_a_short_while() -> None:
    servers = re.findall(r"^    server (.+);$", at_the_edge(nginx_places=0), re.MULTILINE)

    assert servers == [f"{host} max_fails=2 fail_timeout=3s" for host in HOSTS]


def test_an_edge_knows_places_and_no_hosts_so_that_hosts_come_and_go_without_a_reload() -> None:
    more = [*HOSTS, "10.20.0.7:8000"]
    servers = re.findall(r"^    server (.+);$", at_the_edge(nginx_places=3), re.MULTILINE)

    assert servers == [f"198.18.0.{number}:8000 max_fails=2 fail_timeout=3s" for number in (1, 2, 3)]
    assert at_the_edge() == at_the_edge(nginx_sites=[{**MAILROOM, "servers": more}])


def test_all_places_are_tried_since_many_may_lead_to_one_host_that_died() -> None:
    assert re.findall(r"proxy_next_upstream_tries (\d+);", at_the_edge(nginx_places=7)) == ["7"]
    assert "proxy_next_upstream_timeout 10s;" in at_the_edge()


def test_an_app_host_that_is_drained_says_so_to_an_edge_that_asks_for_itself_and_to_no_client() -> None:
    text = behind_an_edge(nginx_drained_file="/etc/slipway/drained")

    asked = block(text, "map $slipway_from_edge:$http_x_real_ip $slipway_look")
    assert [line.split() for line in asked.splitlines()] == [['"1:"', "1;"], ["default", "0;"]]
    assert "if (-f /etc/slipway/drained) {\n        set $slipway_drained $slipway_look;" in text
    assert "if ($slipway_drained) {\n        return 503;" in text


def test_a_host_that_cannot_be_drained_looks_for_no_file() -> None:
    assert "slipway_drained" not in behind_an_edge()
    assert "slipway_drained" not in site(nginx_drained_file="/etc/slipway/drained")


def test_the_edge_logs_which_host_answered_and_tells_no_client() -> None:
    assert "add_header X-Slipway-Host host-1 always;" in behind_an_edge()
    assert "proxy_hide_header X-Slipway-Host;" in render("nginx", PROXY)
    assert '"host":"$upstream_http_x_slipway_host"' in rendered("nginx", CONFIGURATION, nginx_sites=[MAILROOM])


def test_all_workers_of_an_edge_know_which_host_failed() -> None:
    assert "zone mailroom 128k;" in block(at_the_edge(), "upstream mailroom")


def test_a_host_that_hangs_is_asked_last() -> None:
    assert "least_conn;" in block(at_the_edge(), "upstream mailroom")


def test_an_edge_passes_over_a_host_that_takes_no_connection_within_a_second() -> None:
    assert "proxy_connect_timeout 1s;" in at_the_edge()


@pytest.mark.parametrize("text", [site(), at_the_edge(), at_the_edge(nginx_places=0)], ids=["lanes", "places", "hosts"])
def test_nothing_is_sent_again_that_may_not_be_repeated(text: str) -> None:
    assert "non_idempotent" not in text
    assert re.findall(r"proxy_next_upstream_tries (2|12);", text)


def test_an_error_that_the_application_answers_takes_no_host_out() -> None:
    conditions = re.findall(r"proxy_next_upstream (.+);", at_the_edge())

    assert conditions == ["error timeout"]


def test_an_edge_waits_longer_than_its_app_hosts_so_that_they_are_the_ones_that_answer() -> None:
    text = at_the_edge(nginx_proxy_read_timeout=35)

    assert "proxy_read_timeout 40s;" in text
    assert "proxy_read_timeout" not in site()


def test_an_app_host_takes_the_clients_address_and_protocol_from_its_edge_alone() -> None:
    text = behind_an_edge()

    assert re.findall(r"set_real_ip_from (.+);", text) == ["10.20.0.2"]
    assert re.findall(r"^    ([0-9.]+) 1;", text, re.MULTILINE) == ["10.20.0.2"]
    assert '"1:https" https;' in text


def test_an_edge_believes_nobody() -> None:
    assert "set_real_ip_from" not in at_the_edge()
    assert "http_x_forwarded_proto" not in at_the_edge()


def test_what_a_client_says_of_its_address_is_replaced_and_not_added_to() -> None:
    text = render("nginx", PROXY)

    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Real-IP $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto $slipway_scheme;" in text


def test_an_app_host_behind_an_edge_does_not_start_nginx_while_it_is_held() -> None:
    text = render("nginx", DROP_IN, nginx_held_file="/var/lib/slipway/held")

    assert "[Unit]" in text
    assert "\nConditionPathExists=!/var/lib/slipway/held\n" in text


def test_an_app_host_behind_an_edge_answers_what_it_took_before_its_slots_stop() -> None:
    text = render("nginx", DROP_IN, nginx_public=False, nginx_after=["a-web@blue.service"], nginx_proxy_read_timeout=35)

    assert "\nAfter=a-web@blue.service\n" in text
    assert "--retry QUIT/35/TERM/5 " in text
    assert "\nTimeoutStopSec=45\n" in text


def test_a_public_nginx_is_back_at_once_when_it_is_restarted() -> None:
    assert "ExecStop" not in render("nginx", DROP_IN)


def test_an_edge_host_starts_nginx_whatever_happened() -> None:
    assert "ConditionPathExists" not in render("nginx", DROP_IN)

"""An edge host that spreads requests over app hosts, and app hosts that believe nobody but their edge."""

from __future__ import annotations

import re

import pytest

from tests.templates.render import render
from tests.templates.test_nginx import DROP_IN, HOSTS, PROXY, at_the_edge, behind_an_edge, block, site


def test_an_edge_leaves_out_a_host_that_fails_but_only_for_a_short_while() -> None:
    servers = re.findall(r"^    server (.+);$", at_the_edge(), re.MULTILINE)

    assert servers == [f"{host} max_fails=2 fail_timeout=3s" for host in HOSTS]


def test_all_workers_of_an_edge_know_which_host_failed() -> None:
    assert "zone mailroom 128k;" in block(at_the_edge(), "upstream mailroom")


def test_a_host_that_hangs_is_asked_last() -> None:
    assert "least_conn;" in block(at_the_edge(), "upstream mailroom")


def test_an_edge_passes_over_a_host_that_takes_no_connection_within_a_second() -> None:
    assert "proxy_connect_timeout 1s;" in at_the_edge()


@pytest.mark.parametrize("text", [site(), at_the_edge()], ids=["lanes", "hosts"])
def test_nothing_is_sent_again_that_may_not_be_repeated(text: str) -> None:
    assert "non_idempotent" not in text
    assert "proxy_next_upstream_tries 2;" in text


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

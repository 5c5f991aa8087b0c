"""The settings of limits and of the edges of HTTP."""

from __future__ import annotations

import pytest

from mailroom.config.edges import EdgeSettings, read_edges
from mailroom.config.limits import LimitSettings, read_limits
from mailroom.errors import ConfigurationError
from mailroom.ratelimits.entities import Limit, Rate
from mailroom.settings import SettingsReader


def limits(**environment: str) -> LimitSettings:
    reader = SettingsReader(environment)
    found = read_limits(reader)
    reader.finish()
    return found


def edges(**environment: str) -> EdgeSettings:
    reader = SettingsReader(environment)
    found = read_edges(reader)
    reader.finish()
    return found


def test_without_settings_the_limits_leave_room_for_all_that_one_host_can_answer() -> None:
    found = limits()

    assert found == LimitSettings()
    assert found.rates == {
        Limit.READS: Rate(300_000, 60),
        Limit.WRITES: Rate(120_000, 60),
        Limit.LOGIN: Rate(20, 60),
        Limit.FAILURES: Rate(600, 60),
    }


def test_each_limit_has_a_setting_and_can_be_off() -> None:
    found = limits(
        MAILROOM_LIMIT_READS="5/second",
        MAILROOM_LIMIT_WRITES="off",
        MAILROOM_LIMIT_LOGIN="0",
        MAILROOM_LIMIT_FAILURES="9/hour",
        MAILROOM_WEB_PROCESSES="6",
    )

    assert list(found.rates.values()) == [Rate(5, 1), None, None, Rate(9, 3600)]
    assert found.processes == 6


def test_a_wrong_limit_is_named_with_what_it_may_be() -> None:
    with pytest.raises(ConfigurationError) as caught:
        limits(MAILROOM_LIMIT_LOGIN="many")

    assert str(caught.value) == (
        "MAILROOM_LIMIT_LOGIN is 'many': it must be like 600/minute (or second, hour, day), 0 or off"
    )


def test_without_settings_one_proxy_is_trusted_no_origin_is_let_in_and_any_host_is_good() -> None:
    assert edges() == EdgeSettings(1, frozenset(), frozenset())


def test_origins_and_hosts_are_lists() -> None:
    found = edges(
        MAILROOM_TRUSTED_PROXIES="2",
        MAILROOM_CORS_ORIGINS="https://App.example.com, http://localhost:3000\nhttps://[2001:db8::1]:8443",
        MAILROOM_HOSTS="mail.example.com,192.0.2.1:8443,[2001:db8::1]",
    )

    assert found == EdgeSettings(
        2,
        frozenset({"https://app.example.com", "http://localhost:3000", "https://[2001:db8::1]:8443"}),
        frozenset({"mail.example.com", "192.0.2.1:8443", "[2001:db8::1]"}),
    )


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "http://app.example.com",
        "https://app.example.com/",
        "https://*.example.com",
        "app.example.com",
        "https://a..b",
    ],
)
def test_an_origin_that_is_not_exact_is_refused_with_the_reason(origin: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        edges(MAILROOM_CORS_ORIGINS=f"https://good.example.com {origin}")

    assert str(caught.value) == (
        f"MAILROOM_CORS_ORIGINS has {origin!r}: each must be an exact origin like https://app.example.com, or "
        "http://localhost:3000 (* would open the API to every page that somebody with a credential looks at)"
    )


@pytest.mark.parametrize(
    "host", ["*", "*.example.com", "https://mail.example.com", "2001:db8::1", "mail.example.com:0"]
)
def test_a_host_that_is_not_exact_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        edges(MAILROOM_HOSTS=host)

    assert str(caught.value) == (
        f"MAILROOM_HOSTS has {host!r}: each must be a name, an IPv4 address or an [IPv6] one, with or without :port"
    )


def test_a_number_of_proxies_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="MAILROOM_TRUSTED_PROXIES is '9': it must be a whole number from 0"):
        edges(MAILROOM_TRUSTED_PROXIES="9")

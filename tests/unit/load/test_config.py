"""What a load refuses, and how it says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.load.config import LoadConfig
from tests.load.errors import LoadError
from tests.load.requests import Contains, JsonHas, Request
from tests.load.targets import lab_target
from tests.unit.load.authority import Authority
from tests.unit.load.conftest import config_for


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.8.9.10", "[::1]", "10.20.0.7", "10.30.255.1", "192.168.56.10", "192.168.56.255"]
)
def test_lab_addresses_are_allowed(address: str) -> None:
    assert lab_target(f"https://{address}:8443").port == 8443


@pytest.mark.parametrize(
    "address",
    ["192.168.57.11", "10.21.0.1", "10.0.0.1", "8.8.8.8", "172.16.0.1", "[::2]", "[2001:db8::1]", "[::ffff:8.8.8.8]"],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(LoadError, match=r"is not a lab address; load may only be put on 127\.0\.0\.0/8"):
        lab_target(f"https://{address}")


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(LoadError, match="'localhost' is a name; give the lab address"):
        lab_target("https://localhost")


def test_a_name_with_a_lab_address_is_allowed() -> None:
    target = lab_target("https://mailroom.test", "10.20.0.5")
    assert (target.address, target.name, target.authority) == ("10.20.0.5", "mailroom.test", "mailroom.test")


def test_a_name_does_not_hide_an_address_outside() -> None:
    with pytest.raises(LoadError, match=r"8\.8\.8\.8 is not a lab address"):
        lab_target("https://127.0.0.1", "8.8.8.8")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1", "must be https://"),
        ("127.0.0.1", "must be https://"),
        ("https://127.0.0.1/health", "paths belong to the requests"),
        ("https://user@127.0.0.1", "paths belong to the requests"),
        ("https://127.0.0.1:99999", "out of range"),
    ],
)
def test_a_wrong_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        lab_target(url)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("rate", 2001, "rate is 2001; it must be more than 0 and at most 2000 requests per second"),
        ("rate", 0, "rate is 0; it must be more than 0"),
        ("seconds", 3601, "seconds is 3601; it must be more than 0 and at most 3600 seconds"),
        ("seconds", float("nan"), "seconds is nan; it must be more than 0"),
        ("connections", 513, "connections is 513; it must be more than 0 and at most 512"),
        ("timeout", 61, "timeout is 61; it must be more than 0 and at most 60 seconds"),
        ("fresh", 1.1, "fresh is 1.1; it must be a share from 0 to 1"),
        ("requests", (), "requests is empty"),
        ("requests", (Request("GET", "/", check=lambda _: True),), "use Contains or JsonHas"),
    ],
)
def test_a_load_out_of_bounds_is_refused(authority: Authority, option: str, value: object, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        config_for("https://127.0.0.1", authority.ca, **{option: value})


def test_connections_that_would_idle_until_a_server_closes_them_are_refused(authority: Authority) -> None:
    with pytest.raises(LoadError, match="32 connections at 1 requests/s would each idle for more than 30 s"):
        config_for("https://127.0.0.1", authority.ca, rate=1, connections=32)


def test_a_load_on_fresh_connections_keeps_none(authority: Authority) -> None:
    assert config_for("https://127.0.0.1", authority.ca, rate=1, connections=32, fresh=1).kept == 0


def test_a_missing_authority_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"The authority's file .*missing\.crt can't be used: .*No such file"):
        LoadConfig(url="https://127.0.0.1", ca=tmp_path / "missing.crt", rate=100, seconds=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Request("TRACE", "/"), "The method is 'TRACE'"),
        (lambda: Request("GET", "health"), "The path is 'health'; it must start with /"),
        (lambda: Request("GET", "/a b"), "must start with / and be escaped"),
        (lambda: Request("GET", "/", expect=frozenset()), "expect is empty"),
        (lambda: Request("GET", "/", weight=0), "weight is 0; it must be at least 1"),
        (lambda: Request("GET", "/", headers=(("Connection", "close"),)), "the load sets connection itself"),
    ],
)
def test_a_wrong_request_is_refused(make: Callable[[], Request], message: str) -> None:
    with pytest.raises(LoadError, match=message):
        make()


def test_a_key_in_a_header_is_in_no_representation() -> None:
    request = Request("POST", "/", body=b"hidden-too", headers=(("Authorization", "Bearer hush"),))
    assert "hush" not in repr(request)
    assert "hidden-too" not in repr(request)


@pytest.mark.parametrize(
    ("body", "right"),
    [
        (b'{"state": "queued", "id": 7}', True),
        (b'{"state": "sent", "id": 7}', False),
        (b'{"state": "queued"}', False),
        (b'["state"]', False),
        (b"<html>", False),
        (b"\xff", False),
    ],
)
def test_json_must_have_its_members(body: bytes, *, right: bool) -> None:
    assert JsonHas({"state": "queued", "id": ...})(body) is right


def test_a_text_must_be_in_the_body() -> None:
    assert Contains(b"ready")(b"all ready")
    assert not Contains(b"ready")(b"not yet")

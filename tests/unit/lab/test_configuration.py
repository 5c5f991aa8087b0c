"""Configuration that the lab writes for others."""

from pathlib import Path

import pytest

from tests.lab import authority, edge, firewall, image, runner
from tests.lab.errors import LabError
from tests.lab.naming import Lab
from tests.lab.root import Spec, network_configuration, resolver_configuration
from tests.lab.supervisor import boot_command

_SPEC = Spec(
    lab="local",
    name="web",
    address="10.20.0.5",
    prefix=16,
    gateway="10.20.0.1",
    bridge="br-10-20",
    image="/images/host",
    authorized_key="",
    host_key="",
    host_key_public="",
)


def test_a_host_has_a_static_address_and_the_bridge_as_gateway() -> None:
    assert network_configuration(_SPEC).splitlines()[-2:] == ["Address=10.20.0.5/16", "Gateway=10.20.0.1"]


def test_a_host_boots_on_its_subnets_bridge_under_its_own_name() -> None:
    words = boot_command(Lab("local"), _SPEC, Path("/root-of-web"))
    assert {"--network-bridge=br-10-20", "--hostname=web", "--directory=/root-of-web", "--boot"} <= set(words)


def test_a_host_uses_the_machines_name_servers(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 192.0.2.53\n")
    assert resolver_configuration(tmp_path / "resolv.conf") == "nameserver 192.0.2.53\n"


def test_a_host_uses_the_servers_behind_a_resolver_on_loopback(tmp_path: Path) -> None:
    (tmp_path / "stub").write_text("nameserver 127.0.0.53\n")
    (tmp_path / "real").write_text("nameserver 192.0.2.53\n")
    assert resolver_configuration(tmp_path / "stub", tmp_path / "real") == "nameserver 192.0.2.53\n"


def test_a_machine_without_a_name_server_in_reach_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stub").write_text("nameserver 127.0.0.1\nnameserver ::1\n")
    with pytest.raises(LabError, match="no name server that a host could reach"):
        resolver_configuration(tmp_path / "stub", tmp_path / "none")


def test_a_command_runs_as_it_is_where_the_name_server_is_in_reach(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 192.0.2.53\n")
    assert runner.with_names(Lab("test", tmp_path), ["true"], tmp_path / "resolv.conf") == ["true"]


def test_nginx_listens_with_tls_on_the_gateway_only() -> None:
    text = edge.configuration(Path("/state"), "10.20.0.1", {4566: 5000}, privileged=False)
    assert "listen 10.20.0.1:4566 ssl;" in text
    assert "proxy_pass http://127.0.0.1:5000;" in text
    assert text.count("listen") == 1


def test_nginx_gets_a_user_only_from_root() -> None:
    assert "user " not in edge.configuration(Path("/state"), "10.20.0.1", {}, privileged=False)


def test_a_certificate_that_fits_is_kept(tmp_path: Path) -> None:
    authority.issue(tmp_path, ["10.20.0.1"])
    before = (tmp_path / "server.crt").read_bytes()
    authority.issue(tmp_path, ["10.20.0.1"])
    assert (tmp_path / "server.crt").read_bytes() == before


def test_a_new_address_gets_a_new_certificate_of_the_same_authority(tmp_path: Path) -> None:
    authority.issue(tmp_path, ["10.20.0.1"])
    before = (tmp_path / "ca.crt").read_bytes(), (tmp_path / "server.crt").read_bytes()
    authority.issue(tmp_path, ["10.30.0.1"])
    assert (tmp_path / "ca.crt").read_bytes() == before[0]
    assert (tmp_path / "server.crt").read_bytes() != before[1]


@pytest.mark.parametrize(
    "changed",
    [
        image.Recipe("host", ("more",)),
        image.Recipe("host", ("systemd",), script="true\n"),
        image.Recipe("host", ("systemd",), authorities={"a.crt": "x"}),
        image.Recipe("tools", ("systemd",)),
    ],
)
def test_a_changed_recipe_is_another_image(changed: image.Recipe) -> None:
    assert changed.name != image.Recipe("host", ("systemd",)).name


def test_equal_recipes_are_one_image() -> None:
    assert image.Recipe("host", ("systemd",)).name == image.Recipe("host", ("systemd",)).name


def test_only_chains_that_drop_what_they_forward_are_closed() -> None:
    chains = [
        {"family": "ip", "table": "filter", "name": "FORWARD", "hook": "forward", "policy": "drop"},
        {"family": "ip", "table": "filter", "name": "INPUT", "hook": "input", "policy": "drop"},
        {"family": "inet", "table": "open", "name": "fwd", "hook": "forward", "policy": "accept"},
        {"family": "ip6", "table": "filter", "name": "FORWARD", "hook": "forward", "policy": "drop"},
        {"family": "ip", "table": "nat", "name": "plain"},
    ]
    listing = {"nftables": [{"metainfo": {}}, *({"chain": chain} for chain in chains)]}
    assert firewall.closed_chains(listing) == [("ip", "filter", "FORWARD")]


def test_a_labs_firewall_rules_are_found_by_their_comment() -> None:
    rules = [{"handle": 4, "comment": "slipway-a"}, {"handle": 5, "comment": "slipway-b"}, {"handle": 6}]
    assert firewall.handles({"nftables": [{"rule": rule} for rule in rules]}, "slipway-a") == [4]

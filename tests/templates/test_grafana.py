"""Grafana as it is told to be: who gets in, where data comes from, in which folders dashboards are, what it may use."""

from __future__ import annotations

import configparser
import json
import re
from typing import Any

import pytest

from tests.templates.render import render

FOLDER = "etc/slipway/grafana"
SOURCES = f"{FOLDER}/provisioning/datasources/slipway.yaml"
FOLDERS = f"{FOLDER}/provisioning/dashboards/slipway.yaml"
UNIT = "etc/systemd/system/grafana-server.service.d/slipway.conf"
PREFERENCES = "etc/apt/preferences.d/grafana"
OIDC = {
    "name": "Example",
    "client_id": "slipway",
    "auth_url": "https://id.example.org/authorize",
    "token_url": "https://id.example.org/token",
    "api_url": "https://id.example.org/userinfo",
    "allowed_groups": ["ops", "developers"],
    "role_attribute_path": "contains(groups[*], 'ops') && 'Editor' || 'Viewer'",
}


def settings(**more: Any) -> configparser.RawConfigParser:  # noqa: ANN401
    """Return Grafana's settings as a parser of its file reads them."""
    parser = configparser.RawConfigParser(strict=True)
    parser.read_string(render("grafana", f"{FOLDER}/grafana.ini", **more))
    return parser


def credential(name: str) -> str:
    """Return how Grafana is told to read what systemd hands to it."""
    return f"$__file{{/run/credentials/grafana-server.service/{name}}}"


def sources(**more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return list(json.loads(render("grafana", SOURCES, **more))["datasources"])


def unit(**more: Any) -> dict[str, list[str]]:  # noqa: ANN401
    """Return the unit's settings by name, each as often as it is given."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"(?m)^(\w+)=(.*)$", render("grafana", UNIT, **more)):
        found.setdefault(name, []).append(value)
    return found


def test_nobody_gets_in_without_logging_in_or_makes_an_account() -> None:
    found = settings()

    assert found["auth.anonymous"]["enabled"] == "false"
    assert found["users"]["allow_sign_up"] == "false"
    assert found["users"]["auto_assign_org_role"] == "Viewer"
    assert "auth.generic_oauth" not in found


@pytest.mark.parametrize("more", [{}, {"grafana_oidc": OIDC}], ids=["alone", "with a provider"])
def test_no_secret_stands_in_the_settings_or_the_unit(more: dict[str, Any]) -> None:
    secrets = {"grafana_admin_password": "open sesame, twice", "grafana_oidc_client_secret": "s3cret"}
    text = render("grafana", f"{FOLDER}/grafana.ini", **secrets, **more) + render("grafana", UNIT, **secrets, **more)

    assert "sesame" not in text
    assert "s3cret" not in text


def test_the_administrator_has_a_form_and_a_cookie_that_no_other_site_sends() -> None:
    found = settings()

    assert (found["auth"]["disable_login_form"], found["auth.basic"]["enabled"]) == ("false", "true")
    assert found["security"]["cookie_samesite"] == "strict"
    assert found["security"]["cookie_secure"] == "true"
    assert found["security"]["admin_password"] == credential("admin_password")


def test_a_provider_lets_in_whom_it_is_told_to_with_the_role_that_it_gives() -> None:
    found = settings(grafana_oidc=OIDC)
    oauth = found["auth.generic_oauth"]

    assert (oauth["enabled"], oauth["name"], oauth["client_id"]) == ("true", "Example", "slipway")
    assert oauth["client_secret"] == credential("oidc_secret")
    assert oauth["scopes"] == "openid profile email"
    assert oauth["allowed_groups"] == "ops developers"
    assert oauth["allowed_domains"] == ""
    assert oauth["role_attribute_path"] == OIDC["role_attribute_path"]
    assert oauth["role_attribute_strict"] == "false"
    assert (oauth["use_pkce"], oauth["allow_assign_grafana_admin"]) == ("true", "false")


def test_who_comes_back_from_a_provider_still_has_the_cookie() -> None:
    assert settings(grafana_oidc=OIDC)["security"]["cookie_samesite"] == "lax"


def test_the_form_can_be_left_to_the_provider() -> None:
    found = settings(grafana_oidc={**OIDC, "login_form": False})

    assert (found["auth"]["disable_login_form"], found["auth.basic"]["enabled"]) == ("true", "false")


def test_prometheus_and_alertmanager_are_there_and_loki_where_there_is_one() -> None:
    assert [source["uid"] for source in sources()] == ["prometheus", "alertmanager"]

    found = {source["uid"]: source for source in sources(grafana_loki_url="http://127.0.0.1:3100")}
    assert list(found) == ["prometheus", "alertmanager", "loki"]
    assert found["loki"]["url"] == "http://127.0.0.1:3100"


def test_no_source_can_be_changed_in_the_browser_and_one_is_the_default() -> None:
    found = sources(grafana_loki_url="http://127.0.0.1:3100")

    assert {source["editable"] for source in found} == {False}
    assert {source["access"] for source in found} == {"proxy"}
    assert [source["uid"] for source in found if source.get("isDefault")] == ["prometheus"]


def test_each_folder_has_dashboards_of_its_own_that_nobody_changes_in_the_browser() -> None:
    folders = [
        {"name": "Slipway", "uid": "slipway", "path": "/etc/slipway/grafana/dashboards"},
        {"name": "Guest book", "uid": "guest-book", "path": "/etc/slipway/grafana/folders/guest-book"},
    ]
    found = json.loads(render("grafana", FOLDERS, __grafana_all_folders=folders))["providers"]

    assert [(one["folder"], one["folderUid"], one["options"]["path"]) for one in found] == [
        (folder["name"], folder["uid"], folder["path"]) for folder in folders
    ]
    assert {one["allowUiUpdates"] for one in found} == {False}


def test_memory_and_processor_are_bounded_and_others_go_first() -> None:
    found = unit(grafana_memory_max=256, grafana_cpu_max=80)

    assert (found["MemoryMax"], found["MemorySwapMax"]) == (["256M"], ["0"])
    assert (found["CPUQuota"], found["CPUWeight"]) == (["80%"], ["50"])
    assert "GOMEMLIMIT=192MiB GOGC=50" in found["Environment"]
    assert found["OOMScoreAdjust"] == ["400"]


def test_it_may_write_its_data_and_nothing_else() -> None:
    found = unit()

    assert found["ProtectSystem"] == ["strict"]
    assert found["ReadWritePaths"] == ["/var/lib/grafana /var/log/grafana"]
    assert (found["CapabilityBoundingSet"], found["NoNewPrivileges"]) == ([""], ["yes"])


def test_the_providers_secret_is_handed_over_only_where_there_is_a_provider() -> None:
    assert unit()["LoadCredential"] == ["admin_password:/etc/slipway/grafana/admin_password"]
    assert unit(grafana_oidc=OIDC)["LoadCredential"][1:] == ["oidc_secret:/etc/slipway/grafana/oidc_secret"]


def test_the_repository_supplies_this_one_package_in_this_one_line() -> None:
    text = render("grafana", PREFERENCES, grafana_repository="https://mirror.example.org/grafana")
    stanzas = [dict(re.findall(r"(?m)^(Package|Pin|Pin-Priority): (.*)$", part)) for part in text.split("\n\n")]

    assert stanzas == [
        {"Package": "*", "Pin": "origin mirror.example.org", "Pin-Priority": "-1"},
        {"Package": "grafana", "Pin": "version 12.4.*", "Pin-Priority": "990"},
    ]

"""What the role grafana refuses: a login that lets strangers in, folders of one name, a version that pins nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).resolve().parents[3]
OIDC: dict[str, Any] = {
    "name": "Example",
    "client_id": "grafana",
    "auth_url": "https://id.example.org/authorize",
    "token_url": "https://id.example.org/token",
    "api_url": "https://id.example.org/userinfo",
    "allowed_groups": ["ops"],
}
ROLE = "contains(groups[*], 'ops') && 'Editor'"
OPS = {"name": "Ops", "dir": "/nowhere"}


def login(**other: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a case with a provider, some of it changed; None takes a part away."""
    told = {name: value for name, value in {**OIDC, **other}.items() if value is not None}
    return {"oidc": told, "secret": "s3cret"}


TAKEN: dict[str, dict[str, Any]] = {
    "no provider": {},
    "a provider": login(),
    "a provider that gives roles": login(
        allowed_groups=None, role_attribute_path=ROLE, role_attribute_strict=True, login_form=False
    ),
    "two folders": {"folders": [OPS, {**OPS, "name": "Guest book"}]},
    "an exact version": {"version": "12.4.4"},
}
# What is wrong, and what must be said.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no endpoint": (login(token_url=None), "grafana_oidc is without token_url; it needs all of name, client_id"),
    "no secret": ({**login(), "secret": ""}, "grafana_oidc_client_secret is empty; it must be set where grafana_oidc"),
    "everybody": (login(allowed_groups=None), "lets in everybody who has an account at the provider; it needs"),
    "a role for everybody": (
        login(allowed_groups=None, role_attribute_path=ROLE),
        "lets in everybody who has an account at the provider; it needs",
    ),
    "an open endpoint": (
        login(token_url="http://id.example.org/token"),  # noqa: S106 - no password, that's what is looked for
        "http://id.example.org/token, https://id.example.org/userinfo; each must begin with https://",
    ),
    "another setting": (
        login(client_id="x\nadmin_user = y"),
        "has a character that Grafana's configuration can't hold",
    ),
    "a comment": (login(role_attribute_path="'a' # b"), "has a character that Grafana's configuration can't hold"),
    "one folder twice": ({"folders": [OPS, {**OPS, "name": "ops"}]}, "each must have a name of its own"),
    "Slipway's folder": ({"folders": [{**OPS, "name": "slipway"}]}, "and none may be Slipway"),
    "any version": ({"version": "*"}, "grafana_version is *; it must be a version such as 12.4.4"),
    "no repository": ({"package": "required"}, "http://127.0.0.1:9 doesn't answer with a repository"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role said of each case, asked in one run."""
    folder = tmp_path_factory.mktemp("refusals")
    cases = {**TAKEN, **{label: case for label, (case, _) in REFUSED.items()}}
    dashboards = str(ROOT / "monitoring/dashboards/generated")
    return ask("grafana", cases, folder, dashboards=dashboards)


@pytest.mark.parametrize("label", TAKEN)
def test_what_is_well_described_is_taken(said: dict[str, str], label: str) -> None:
    assert said[label] == "taken"


@pytest.mark.parametrize("label", REFUSED)
def test_what_is_not_is_refused_with_what_may_be(said: dict[str, str], label: str) -> None:
    assert REFUSED[label][1] in said[label]

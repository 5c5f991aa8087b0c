"""A host gets the rules of its own environment's objectives; one without any is refused before a host is touched."""

from __future__ import annotations

import pytest

from tests.unit.roles.asking import ask

pytestmark = pytest.mark.timeout(900)

CASES = {"its own": "staging", "none": "", "undeclared": "production"}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the role says to each case: which rules a host gets, or why it is refused."""
    folder = tmp_path_factory.mktemp("refusals")
    (folder / "slo").mkdir()
    for name in ("00-recording.yml", "10-availability.yml", "slo/local.yml", "slo/staging.yml"):
        (folder / name).write_text("# Generated.\ngroups:\n", encoding="utf-8")
    return ask("prometheus", CASES, folder, rules=str(folder))


def test_a_host_gets_the_rules_of_its_own_environment_only(said: dict[str, str]) -> None:
    assert said["its own"] == "00-recording.yml 10-availability.yml slo/staging.yml"


def test_without_an_environment_it_gets_those_of_none(said: dict[str, str]) -> None:
    assert said["none"] == "00-recording.yml 10-availability.yml"


def test_an_environment_without_objectives_is_refused_with_what_to_write(said: dict[str, str]) -> None:
    assert "prometheus_slo_environment is production; it may be empty, or an environment" in said["undeclared"]
    assert "whose objectives monitoring/slo/production.yml declares" in said["undeclared"]

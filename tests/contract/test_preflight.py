"""What a group gets is checked before any host is touched: preflight.yml names the roles that site.yml gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"


def read(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load((PLAYBOOKS / name).read_text(encoding="utf-8")))


def given() -> dict[str, set[str]]:
    """Each role that site.yml gives, with the groups that get it."""
    found: dict[str, set[str]] = {}
    for play in read("site.yml"):
        named = [item["role"] for item in play.get("roles", [])]
        named += [task["ansible.builtin.include_role"]["name"] for task in play.get("tasks", [])]
        found |= {name: set(play["hosts"].split(":")) for name in named}
    return found


def checked() -> dict[str, set[str]]:
    """Each role that preflight.yml checks, with the groups on which it does."""
    found: dict[str, set[str]] = {}
    for task in read("preflight.yml")[0]["tasks"][:-1]:
        name = task["ansible.builtin.include_role"]["name"]
        groups = {part.split("'")[1] for part in task.get("when", "'all'").split(" or ")}
        found |= dict.fromkeys(task["loop"] if name == "{{ item }}" else [name], groups)
    return found


def test_every_role_of_site_is_checked_on_the_same_groups() -> None:
    assert checked() == given()


def test_one_wrong_host_stops_all_of_them() -> None:
    assert read("preflight.yml")[0]["any_errors_fatal"] is True


def test_site_begins_with_the_checks() -> None:
    assert read("site.yml")[0]["ansible.builtin.import_playbook"] == "preflight.yml"


def test_the_checks_know_every_variable_of_the_role() -> None:
    for path in (PLAYBOOKS.parent / "roles").glob("*/meta/argument_specs.yml"):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        assert specs.get("preflight") == specs["main"], path

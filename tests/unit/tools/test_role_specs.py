"""What the roles say about themselves is read as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.role_specs import Role, read_roles, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """
argument_specs:
  main:
    short_description: A cache
    options:
      redis_port:
        type: int
        default: 6379
        description: TCP port, 1 to 65535.
      redis_users:
        type: list
        elements: dict
        required: true
        description: [Who may log in., 'An empty list: nobody.']
        options:
          name: {type: str, required: true, description: Its name}
"""


@pytest.fixture(name="role")
def _role(tmp_path: Path) -> Role:
    for folder in ("tasks", "meta", "defaults"):
        (tmp_path / "redis" / folder).mkdir(parents=True)
    (tmp_path / "redis/meta/argument_specs.yml").write_text(SPEC)
    (tmp_path / "redis/defaults/main.yml").write_text("redis_port: 6379\n")
    return read_roles(tmp_path)[0]


def test_an_option_has_its_type_default_and_description(role: Role) -> None:
    option = role.options()["redis_port"]

    assert (option.type, option.default, option.description) == ("int", 6379, ("TCP port, 1 to 65535.",))


def test_the_keys_of_a_list_of_dictionaries_are_options_too(role: Role) -> None:
    option = role.options()["redis_users"]

    assert [(key.name, key.required) for key in option.options] == [("name", True)]


def test_a_role_that_is_only_tasks_documents_nothing(tmp_path: Path) -> None:
    (tmp_path / "new/tasks").mkdir(parents=True)

    assert read_roles(tmp_path) == [Role("new", tmp_path / "new", (), {})]


def test_a_folder_without_tasks_is_no_role(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()

    assert read_roles(tmp_path) == []


def test_a_vault_value_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "vault.yml").write_text("password: !vault |\n  $ANSIBLE_VAULT;1.1\n")

    assert read_yaml(tmp_path / "vault.yml") == {"password": "$ANSIBLE_VAULT;1.1\n"}

"""docs/variables.md is written from what the roles say, and compared with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tools.role_specs import EntryPoint, Option, Role
from tools.variables_doc import main, render

PORT = Option("redis_port", "int", ("TCP port, 1 to 65535.",), default=6379)


def page(option: Option, **defaults: object) -> str:
    return render([Role("redis", Path("roles/redis"), (EntryPoint("main", "A cache.", (option,)),), defaults)])


def test_a_variable_has_one_row() -> None:
    assert "| `redis_port` | int | `6379` | TCP port, 1 to 65535. |" in page(PORT)


def test_the_default_shown_is_the_one_in_defaults() -> None:
    assert "| `redis_port` | int | `6380` |" in page(PORT, redis_port=6380)


def test_a_default_that_is_worked_out_is_shown_as_it_is_documented() -> None:
    assert "| `redis_port` | int | `6379` |" in page(PORT, redis_port="{{ redis_this.port | default(6379) }}")


def test_a_required_variable_says_so() -> None:
    assert "| **required** |" in page(replace(PORT, default=None, required=True))


def test_an_optional_variable_without_a_default_says_so() -> None:
    assert "| none |" in page(replace(PORT, default=None))


@pytest.mark.parametrize(("value", "shown"), [([], "`[]`"), ("", '`""`'), (False, "`false`"), ("a|b", "`a\\|b`")])
def test_a_default_is_shown_as_it_would_be_written(value: object, shown: str) -> None:
    assert f"| {shown} |" in page(PORT, redis_port=value)


def test_a_long_default_is_left_to_the_file() -> None:
    assert "| see defaults |" in page(PORT, redis_port="x" * 61)


def test_choices_and_keys_are_listed() -> None:
    key = Option("name", "str", ("Its name.",), required=True)
    shown = page(replace(PORT, choices=("a", "b"), options=(key,)))

    assert "One of: `a`, `b`<br>- `name` (str, required): Its name." in shown


@pytest.mark.parametrize("markup", ["C(rename(2))", "O(rename(2))", "V(rename(2))"])
def test_markup_of_ansible_becomes_code(markup: str) -> None:
    assert "| By `rename(2)` (or so). |" in page(replace(PORT, description=(f"By {markup} (or so).",)))


def test_a_role_that_documents_nothing_is_left_out() -> None:
    assert "redis" not in render([Role("redis", Path("roles/redis"), (), {})])


def test_check_passes_on_what_was_just_written(tmp_path: Path) -> None:
    target = tmp_path / "variables.md"
    main([], target, [])

    assert main(["--check"], target, []) == 0


def test_check_fails_and_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "variables.md"
    target.write_text("old\n")

    assert main(["--check"], target, []) == 1
    assert capsys.readouterr().out.startswith("variables.md isn't up to date: run `make docs`")
    assert target.read_text() == "old\n"

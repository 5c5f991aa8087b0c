"""Ceilings that a reader feels: a file that grows over them is split by meaning."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, lines, matching

CEILINGS = {
    "roles/*/tasks/main.yml": 40,
    "roles/*/tasks/**/*.yml": 80,
    "roles/*/defaults/*.yml": 120,
    "roles/*/templates/**/*.j2": 120,
    "playbooks/*.yml": 50,
    "monitoring/rules/*.yml": 200,
    "**/*.py": 200,
}
# Examples stand one after another; they aren't read from the top.
TESTS = 300
# What an Ansible module carries for `ansible-doc` is a page beside the code, not code.
MANUAL = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
FUNCTION = 40
LINE = 120


def python_files() -> list[Path]:
    return [path for path in matching("**/*.py") if "generated" not in path.parts]


def length(path: Path) -> int:
    """Lines of a file, without the manual that an Ansible module carries."""
    count = len(lines(path))
    if path.parts[0] != "library":
        return count
    manual = [
        node
        for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in MANUAL
    ]
    return count - sum((node.end_lineno or 0) - node.lineno + 1 for node in manual)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function, its docstring not counted."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield node.name, (node.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize(("pattern", "ceiling"), CEILINGS.items())
def test_no_file_is_longer_than_its_kind_may_be(pattern: str, ceiling: int) -> None:
    limits = {path: TESTS if path.name.startswith("test_") else ceiling for path in matching(pattern)}
    too_long = {str(path): count for path, limit in limits.items() if (count := length(path)) > limit}

    assert too_long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{path}: {name} has {count} lines"
        for path in python_files()
        for name, count in functions(path)
        if count > FUNCTION
    ]

    assert too_long == []


def test_no_line_of_a_template_or_a_script_is_wider_than_a_reader_sees() -> None:
    wide = [
        f"{path}:{number}"
        for path in matching(
            "roles/*/templates/**/*.j2", "tools/*.sh", "Makefile", "**/*.rb", "Vagrantfile", "ansible.cfg"
        )
        for number, line in enumerate(lines(path), 1)
        if len(line) > LINE
    ]

    assert wide == []

"""The frame holds together: locks, versions, hooks and what git ignores."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from tests.contract.tree import ROOT, lines, matching, tracked
from tools import lint
from tools.role_specs import read_yaml

LOCKS = ["uv.lock", "app/uv.lock", "tests/apps/guestbook/uv.lock"]


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_comes_from_pypi_with_a_hash(name: str) -> None:
    packages = tomllib.loads((ROOT / name).read_text(encoding="utf-8"))["package"]
    foreign = [
        package["name"]
        for package in packages
        if package["source"] not in ({"registry": "https://pypi.org/simple"}, {"virtual": "."}, {"editable": "."})
    ]
    files = [file for package in packages for file in [*package.get("wheels", []), package.get("sdist")] if file]

    assert foreign == []
    assert files
    assert [file["url"] for file in files if not file["hash"].startswith("sha256:")] == []


def test_the_first_step_installs_the_uv_that_is_locked() -> None:
    exported = output("uv", "export", "--quiet", "--frozen", "--only-group", "bootstrap", "--no-header")

    assert (ROOT / "tools/uv.txt").read_text(encoding="utf-8") == exported


def test_every_shared_version_is_read_by_something() -> None:
    names = read_yaml(ROOT / "versions.yml")["versions"]
    readers = [(ROOT / path).read_text(encoding="utf-8") for path in matching("**/*.py", "**/*.yml")]
    text = "\n".join(reader for reader in readers if "versions.yml" in reader)

    unread = [name for name in names if not re.search(rf"\.{name}\b|\[.{name}.\]", text)]
    assert unread == []


def test_ci_runs_the_test_command_and_nothing_else() -> None:
    commands = [line for line in lines(ROOT / ".ci/run") if line and not line.startswith(("#", "set ", "cd "))]

    assert commands == ["exec make test"]


def test_a_hook_runs_before_a_commit_for_every_lint_check() -> None:
    hooks = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    beginnings = tuple(hook["entry"].split("tools.lint ", 1)[1].strip('"') for hook in hooks)

    assert [check.name for check in lint.checks() if not check.name.startswith(beginnings)] == []


@pytest.mark.parametrize(
    "path",
    [
        ".venv/bin/python",
        "app/.venv/x",
        "dist/a.tar.gz",
        ".slipway/local/ssh_key",
        ".vagrant/x",
        ".vault-password-staging",
    ],
)
def test_what_is_made_here_is_kept_out_of_git(path: str) -> None:
    assert output("git", "-c", "safe.directory=*", "check-ignore", path) == f"{path}\n"


def test_no_private_key_is_tracked() -> None:
    marker = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}")
    holding = [path for path in tracked() if marker.search((ROOT / path).read_text(encoding="utf-8", errors="ignore"))]

    assert holding == []


def test_ansible_knows_every_setting_that_we_make() -> None:
    done = subprocess.run(
        ["ansible-config", "dump", "--only-changed"], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert "DEPRECAT" not in done.stderr
    assert "WARNING" not in done.stderr

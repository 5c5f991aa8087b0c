"""`make` tells what there is, and says what is missing before it does anything."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.contract.tree import ROOT, lines

PROMISED = [
    *("up", "down", "status", "ssh"),
    *("test", "lint", "test-unit", "test-app", "test-previous", "test-faults", "test-lab", "verify"),
    *("converge", "check", "build", "release", "rollback", "split", "promote", "contract", "releases", "logs"),
    *("lock", "docs", "fmt", "clean", "help"),
]


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    environment = os.environ | variables
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, env=environment)


def test_make_alone_lists_every_target() -> None:
    assert re.findall(r"^  make (\S+)", make().stdout, re.MULTILINE) == PROMISED


def test_the_list_is_in_sections() -> None:
    assert re.findall(r"^\S.*(?<!:)$", make().stdout.split("\nVariables")[0], re.MULTILINE) == [
        "Try it",
        "Check it",
        "Run it",
        "Work on it",
    ]


def test_every_target_that_makes_no_file_is_declared_so() -> None:
    text = "\n".join(lines(ROOT / "Makefile")).replace("\\\n", " ")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    targets = set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))

    assert phony is not None
    stages = "lint test-unit test-app test-previous test-faults test-lab"
    assert targets - set(phony.group(1).replace("$(STAGES)", stages).split()) == set()


@pytest.mark.parametrize("target", ["verify", "converge", "check", "release", "rollback"])
def test_an_environment_that_is_not_there_is_refused_with_those_that_are(target: str) -> None:
    done = make(target, "ENV=nowhere", "VERSION=1.0.0")

    assert done.returncode != 0
    assert "ENV=nowhere: there is no such environment. There are: local" in done.stderr


def test_a_missing_version_is_asked_for_with_an_example() -> None:
    done = make("release")

    assert done.returncode != 0
    assert "VERSION is missing. Say which: make release VERSION=1.4.0" in done.stderr
    assert "Built here: " in done.stderr


def test_a_release_goes_to_the_environment_that_was_named() -> None:
    planned = make("--dry-run", "release", "ENV=local", "VERSION=1.4.0").stdout

    assert "ansible-playbook -i inventories/local playbooks/release.yml -e release_version=1.4.0" in planned


def test_a_variable_of_the_shell_chooses_no_environment() -> None:
    planned = make("--dry-run", "converge", ENV="production").stdout

    assert "ansible-playbook -i inventories/local playbooks/site.yml" in planned

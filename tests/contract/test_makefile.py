"""`make` tells what there is, and says what is missing before it does anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, lines

PROMISED = [
    *("up", "down", "status", "ssh"),
    *("test", "lint", "test-unit", "test-app", "test-previous", "test-faults"),
    *("test-vagrant", "test-cloud", "test-lab", "verify"),
    *("provision", "replace", "teardown", "secrets", "converge", "check"),
    *("build", "release", "rollback", "split", "promote", "access", "contract"),
    *("maintenance", "drain", "undrain", "releases", "logs", "cost"),
    *("dev", "lock", "docs", "fmt", "clean", "help"),
]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder with the Makefile and two environments, of which one keeps its secrets encrypted."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "inventories/bare").mkdir(parents=True)
    folder = tmp_path / "inventories/staging/group_vars/all"
    folder.mkdir(parents=True)
    (folder / "vault.yml").write_text("$ANSIBLE_VAULT;1.2;AES256;staging\n3132\n", encoding="utf-8")
    return tmp_path


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
    stages = "lint test-unit test-app test-previous test-faults test-vagrant test-cloud test-lab"
    assert targets - set(phony.group(1).replace("$(STAGES)", stages).split()) == set()


@pytest.mark.parametrize("target", ["verify", "secrets", "converge", "check", "release", "rollback"])
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


@pytest.mark.parametrize(("named", "shown"), [(["ENV=local"], "tools.cost local"), ([], "tools.cost")])
def test_the_cost_is_that_of_the_environment_that_was_named_or_of_all(named: list[str], shown: str) -> None:
    assert make("--dry-run", "cost", *named).stdout.rstrip().endswith(shown)


@pytest.mark.parametrize("given", [[], ["ON=1", "OFF=1"]], ids=["neither", "both"])
def test_maintenance_must_be_told_whether_it_begins_or_ends(given: list[str]) -> None:
    done = make("maintenance", *given)

    assert done.returncode != 0
    assert "Say which: make maintenance ON=1, or make maintenance OFF=1" in done.stderr


@pytest.mark.parametrize(("given", "told"), [("ON=1", "true"), ("OFF=1", "false")])
def test_maintenance_begins_and_ends_in_the_environment_that_was_named(given: str, told: str) -> None:
    planned = make("--dry-run", "maintenance", "ENV=local", given).stdout

    assert f"ansible-playbook -i inventories/local playbooks/maintenance.yml -e nginx_maintenance={told}" in planned


@pytest.mark.parametrize("target", ["drain", "undrain"])
def test_a_missing_host_is_asked_for_with_an_example(target: str) -> None:
    done = make(target)

    assert done.returncode != 0
    assert f"HOST is missing. Say which: make {target} HOST=app-1" in done.stderr


@pytest.mark.parametrize(("target", "more"), [("drain", ""), ("undrain", " -e nginx_drained=false")])
def test_the_host_that_was_named_is_drained_in_the_environment_that_was_named(target: str, more: str) -> None:
    planned = make("--dry-run", target, "ENV=local", "HOST=app-2").stdout

    assert f"ansible-playbook -i inventories/local playbooks/drain.yml -e nginx_drain_host=app-2{more} \n" in planned


def test_a_variable_of_the_shell_chooses_no_environment() -> None:
    planned = make("--dry-run", "converge", ENV="production").stdout

    assert "ansible-playbook -i inventories/local playbooks/site.yml" in planned


def test_a_change_of_keys_is_passed_on_by_name() -> None:
    planned = make("--dry-run", "secrets", "ENV=local", "ROTATE=mailroom_token_signing_keys").stdout

    assert "-m tools.secrets local --rotate mailroom_token_signing_keys" in planned


def test_an_environment_without_secrets_is_told_how_to_make_them(elsewhere: Path) -> None:
    done = make("-C", str(elsewhere), "have-secrets", "ENV=bare")

    assert done.returncode != 0
    assert "ENV=bare has no secrets yet: make secrets ENV=bare" in done.stderr


def test_secrets_that_cannot_be_decrypted_are_told_of_before_anything_runs(elsewhere: Path) -> None:
    done = make("-C", str(elsewhere), "have-secrets", "ENV=staging")

    assert done.returncode != 0
    assert "its vault.yml is encrypted and .vault-password-staging isn't here" in done.stderr
    (elsewhere / ".vault-password-staging").write_text("x", encoding="utf-8")
    assert make("-C", str(elsewhere), "have-secrets", "ENV=staging").returncode == 0
    (elsewhere / ".vault-password-staging").unlink()
    elsewhere_kept = {"ANSIBLE_VAULT_PASSWORD_FILE": "x"}
    assert make("-C", str(elsewhere), "have-secrets", "ENV=staging", **elsewhere_kept).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (("show", "ENV=staging"), ["staging"]),
        (("show", "ENV=local"), []),
        (("promote",), ["staging", "production"]),
        (("promote", "TO=moon"), ["staging"]),
    ],
)
def test_ansible_is_told_of_the_passwords_of_the_environments_it_works_on(
    elsewhere: Path, arguments: tuple[str, ...], files: list[str]
) -> None:
    for name in ("staging", "production"):
        (elsewhere / f".vault-password-{name}").write_text("x", encoding="utf-8")
    shown = "show promote: ; @printenv ANSIBLE_VAULT_IDENTITY_LIST || true"
    makefile = elsewhere / "Makefile"
    makefile.write_text(re.sub(r"(?m)^promote:.*\n\t.*\n", "", makefile.read_text(encoding="utf-8")), encoding="utf-8")

    told = make("-C", str(elsewhere), f"--eval={shown}", *arguments).stdout.strip()

    assert told.split(",") == [f"{name}@{elsewhere}/.vault-password-{name}" for name in files] or not (told or files)

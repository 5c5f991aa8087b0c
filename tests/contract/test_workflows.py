"""GitHub's workflows: pinned, with the least rights, and in step with the Makefile, the roles in AWS and their page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.tree import ROOT, lines, matching, tracked

WORKFLOWS = matching(".github/workflows/*.yml")
PAGE = Path("docs/github-actions.md")
SCRIPTS = matching("tools/ci_*.sh")
ENVIRONMENTS = ("staging", "production")
PINNED = re.compile(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
AWS = "aws-actions/configure-aws-credentials@"
CACHE = "actions/cache@"
DEPLOY = re.compile(r"role/slipway-(.+)-deploy$")
CHOSEN = "${{ inputs.environment }}"  # the environment that a person chose

Job = dict[str, Any]

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def workflow(path: Path) -> dict[str, Any]:
    """Return a workflow; its key `on` stays a word, where YAML 1.1 would read true."""
    loaded: dict[str, Any] = yaml.load(text(path), Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    return loaded


def jobs() -> Iterator[tuple[str, Job]]:
    """Every job of every workflow, with a name that says where it is."""
    for path in WORKFLOWS:
        for name, job in workflow(path)["jobs"].items():
            yield f"{path.stem}: {name}", job


def uses(job: Job, action: str) -> list[dict[str, Any]]:
    """Return the steps of a job that use an action."""
    return [step for step in job.get("steps", []) if step.get("uses", "").startswith(action)]


def with_aws() -> list[tuple[str, Job]]:
    return [(name, job) for name, job in jobs() if uses(job, AWS)]


@each_workflow
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    named = [line.split("uses:", 1)[1].strip() for line in lines(path) if re.match(r"\s*(- )?uses:", line)]

    assert named
    assert [name for name in named if not (PINNED.fullmatch(name) or name.startswith("./"))] == []


def test_an_action_has_one_pin_everywhere() -> None:
    pins = {pin for path in WORKFLOWS for pin in PINNED.findall(text(path))}

    assert len({pin.split("@")[0] for pin in pins}) == len(pins)


@each_workflow
def test_no_workflow_runs_a_strangers_code_with_our_rights(path: Path) -> None:
    assert set(workflow(path)["on"]) & {"pull_request_target", "workflow_run", "issue_comment"} == set()


@each_workflow
def test_a_workflow_gives_no_right_to_all_of_its_jobs(path: Path) -> None:
    assert workflow(path)["permissions"] == {}


def test_a_job_may_read_and_only_with_aws_say_who_it_is() -> None:
    allowed = {name: {"contents": "read"} | ({"id-token": "write"} if uses(job, AWS) else {}) for name, job in jobs()}

    assert {name: job["permissions"] for name, job in jobs()} == allowed


def test_every_job_has_an_end_on_a_machine_that_is_named() -> None:
    own = {name: job for name, job in jobs() if "uses" not in job}

    assert [name for name, job in own.items() if "timeout-minutes" not in job] == []
    assert {job["runs-on"] for job in own.values()} == {"ubuntu-24.04"}


def test_no_checkout_leaves_its_token_behind() -> None:
    checkouts = [step for _, job in jobs() for step in uses(job, "actions/checkout@")]

    assert {step["with"]["persist-credentials"] for step in checkouts} == {"false"}


def test_what_comes_from_outside_reaches_a_shell_as_variables_only() -> None:
    steps = [(name, step) for name, job in jobs() for step in job.get("steps", [])]

    assert [f"{name}: {step['name']}" for name, step in steps if "${{" in step.get("run", "")] == []


def test_a_release_takes_nothing_from_a_cache() -> None:
    assert {name for name, job in jobs() if uses(job, CACHE)} == {"ci: stage"}


def test_a_job_takes_the_role_of_its_own_environment() -> None:
    for name, job in with_aws():
        roles = [DEPLOY.search(step["with"]["role-to-assume"]) for step in uses(job, AWS)]
        taken = [found[1] for found in roles if found]

        assert len(taken) == len(roles), name
        assert job["environment"] in taken, name
        # Promotion looks at staging, whose role trusts production's environment too; never the other way round.
        assert set(taken) <= {job["environment"], "staging"}, name
        assert job["environment"] in (*ENVIRONMENTS, CHOSEN), name


def test_releases_of_an_environment_wait_for_each_other_and_are_not_cut_short() -> None:
    groups = {name: job["concurrency"] for name, job in with_aws()}

    assert [name for name, group in groups.items() if group["cancel-in-progress"] != "false"] == []
    assert groups["release: staging"]["group"] == "release-staging"
    assert groups["release: production"]["group"] == "release-production"
    waiting = "${{ contains('converge promote', inputs.command) && 'release' || inputs.command }}-" + CHOSEN
    assert groups["operate: operate"]["group"] == waiting


def test_nothing_goes_to_production_by_itself_where_nobody_is_asked() -> None:
    chain = workflow(Path(".github/workflows/release.yml"))["jobs"]

    assert chain["production"]["if"] == "vars.PROMOTE_BY_APPROVAL == 'true'"


def test_nothing_is_released_before_all_stages_passed() -> None:
    chain = workflow(Path(".github/workflows/release.yml"))["jobs"]

    assert chain["ci"]["uses"] == "./.github/workflows/ci.yml"
    assert [chain[name]["needs"] for name in ("build", "staging", "production")] == [
        "ci",
        "build",
        ["build", "staging"],
    ]


def test_ci_runs_every_stage_of_make_test() -> None:
    matrix = workflow(Path(".github/workflows/ci.yml"))["jobs"]["stage"]["strategy"]["matrix"]["include"]
    stages = re.search(r"^STAGES *:= *(.+)$", text(Path("Makefile")), re.MULTILINE)

    assert stages is not None
    assert [leg["stage"] for leg in matrix] == stages[1].split()


def test_every_make_target_that_is_called_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text(Path("Makefile")), re.MULTILINE))
    called = "\n".join(text(path) for path in [*WORKFLOWS, *SCRIPTS])
    named = set(re.findall(r"^[^#\n]*\bmake (?:--no-print-directory )?([a-z][a-z-]*)", called, re.MULTILINE))
    inputs = workflow(Path(".github/workflows/operate.yml"))["on"]["workflow_dispatch"]["inputs"]

    assert named == {"build", "release", "promote"}
    assert (named | set(inputs["command"]["options"])) - targets == set()


def test_every_script_that_is_called_is_there_and_every_one_is_called() -> None:
    called = set(re.findall(r"tools/[\w.]+\.sh", "\n".join(text(path) for path in [*WORKFLOWS, *SCRIPTS])))

    assert {path for path in called if not os.access(ROOT / path, os.X_OK)} == set()
    assert {str(path) for path in SCRIPTS} - called == set()


def test_the_page_tells_every_variable_and_secret() -> None:
    used = {name for path in WORKFLOWS for name in re.findall(r"\b(?:vars|secrets)\.(\w+)", text(path))}
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", text(PAGE)))

    assert used - told == set()


def test_updates_are_looked_for_in_every_lock_file_and_in_the_workflows() -> None:
    updates = yaml.safe_load(text(Path(".github/dependabot.yml")))["updates"]
    watched = {one["package-ecosystem"]: one.get("directories") or [one["directory"]] for one in updates}
    locked = sorted(f"/{path.parent}".replace("/.", "/") for path in tracked() if path.name == "uv.lock")

    assert {name: sorted(folders) for name, folders in watched.items()} == {"github-actions": ["/"], "uv": locked}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_provisioning_makes_the_role_that_the_workflows_take(environment: str) -> None:
    made = yaml.safe_load(text(Path("roles/cloud/tasks/install_github.yml")))
    names = [task["amazon.aws.iam_role"]["name"] for task in made if "amazon.aws.iam_role" in task]
    label = yaml.safe_load(text(Path("roles/cloud/vars/main.yml")))["__cloud_label"]
    project = yaml.safe_load(text(Path("roles/cloud/defaults/main.yml")))["cloud_project"]
    here = yaml.safe_load(text(Path(f"inventories/{environment}/group_vars/all/cloud.yml")))["cloud_environment"]

    assert names == ["{{ __cloud_label }}-deploy"]
    assert label == "{{ cloud_project }}-{{ cloud_environment }}"
    assert f"{project}-{here}" == f"slipway-{environment}"

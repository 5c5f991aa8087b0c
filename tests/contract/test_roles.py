"""Every role has the same rooms, and says all about its variables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2.nativetypes import NativeEnvironment

from tests.contract.tree import ROOT, lines, matching, tasks
from tools.role_specs import Option, Role, read_roles, read_yaml

ROLES = read_roles()
VERBS = ["preflight", "install", "configure", "run"]
INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks")
# Programs that check a whole file of their own before it takes the old one's place. A part that is included by another
# file, and what systemd or PostgreSQL read, can't be checked alone: their handlers check the whole.
CHECKED = {
    r"/etc/nginx/nginx\.conf": "nginx -t",
    r"/etc/ssh/sshd_config(\.d/.*)?": "sshd -t",
    r"/etc/sudoers(\.d/.*)?": "visudo -c",
    r"/etc/nftables\.conf": "nft -c",
    r"/etc/prometheus/prometheus\.yml": "promtool check config",
    r"/etc/prometheus/alertmanager\.yml": "amtool check-config",
    r"/etc/prometheus/blackbox\.yml": "config.check",
}
ROOTS_OF_A_HOST = {"etc", "opt", "root", "srv", "usr", "var"}

each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def files(role: Role, *patterns: str) -> list[Path]:
    return matching(*(f"roles/{role.name}/{pattern}" for pattern in patterns))


def with_keys(options: tuple[Option, ...], prefix: str = "") -> Iterator[tuple[str, Option]]:
    for option in options:
        yield f"{prefix}{option.name}", option
        yield from with_keys(option.options, f"{prefix}{option.name}.")


@each_role
def test_main_is_a_table_of_contents_of_the_four_verbs(role: Role) -> None:
    entries = read_yaml(role.path / "tasks/main.yml")
    included = [entry[key] for entry in entries for key in entry if key in INCLUDES]

    assert [name.removesuffix(".yml") for name in included if name.removesuffix(".yml") in VERBS] == VERBS
    assert (included[0], included[-1]) == ("preflight.yml", "run.yml")
    assert len(entries) == len(included), "it includes, and does nothing else"


@each_role
def test_every_default_is_documented(role: Role) -> None:
    assert sorted(set(role.defaults) - set(role.options())) == []


@each_role
def test_every_optional_variable_has_a_default(role: Role) -> None:
    main = next((entry.options for entry in role.entry_points if entry.name == "main"), ())
    optional = {option.name for option in main if not option.required}

    assert main, f"roles/{role.name}/meta/argument_specs.yml documents no variable of its main entry point"
    assert sorted(optional - set(role.defaults)) == []


@each_role
def test_the_documented_default_is_the_real_one(role: Role) -> None:
    said = {name: option.default for name, option in role.options().items() if option.default is not None}
    real = {
        name: role.defaults[name] for name in said if name in role.defaults and "{{" not in str(role.defaults[name])
    }

    assert {name: said[name] for name in real} == real


def test_the_default_of_an_application_that_says_nothing_is_the_documented_one() -> None:
    app = next(role for role in ROLES if role.name == "app")
    engine = NativeEnvironment(autoescape=False)
    names = {"app_this": {}, "app_name": "{{ app_name }}"}
    worked_out = {name: str(value) for name, value in app.defaults.items() if "app_this." in str(value)}
    said = {name: app.options()[name].default for name in worked_out}

    real = {name: engine.from_string(worked_out[name]).render(names) for name in worked_out if said[name] is not None}
    assert real == {name: said[name] for name in real}
    assert len(real) > 20


@each_role
def test_every_variable_bears_the_name_of_its_role(role: Role) -> None:
    hidden = [name for path in files(role, "vars/*.yml") for name in read_yaml(ROOT / path) or {}]
    own = (f"{role.name}_", f"__{role.name}")

    assert [name for name in [*role.options(), *role.defaults] if not name.startswith(f"{role.name}_")] == []
    assert [name for name in hidden if not name.startswith(own)] == []


@each_role
def test_every_variable_says_what_it_means(role: Role) -> None:
    silent = [
        name
        for entry in role.entry_points
        for name, option in with_keys(entry.options)
        if not "".join(option.description).strip()
    ]

    assert silent == []


@each_role
def test_it_names_no_variable_of_another_role(role: Role) -> None:
    foreign = {name for other in ROLES if other.name != role.name for name in other.options()} - set(role.options())
    used = {
        f"{path}: {word}"
        for path in files(role, "tasks/**/*.yml", "handlers/*.yml", "defaults/*.yml", "vars/*.yml", "templates/**/*")
        for word in re.findall(r"\w+", re.sub(r"(?m)^\s*#.*", "", (ROOT / path).read_text(encoding="utf-8")))
        if word in foreign
    }

    assert sorted(used) == []


@each_role
def test_a_secret_is_hidden_by_a_switch_of_the_role(role: Role) -> None:
    switch = f"{role.name}_secure_logging"
    hiding = [
        task["no_log"]
        for path in files(role, "tasks/**/*.yml", "handlers/*.yml")
        for task in tasks(path)
        if "no_log" in task
    ]

    assert [value for value in hiding if value != f"{{{{ {switch} }}}}"] == []
    assert not hiding or role.defaults.get(switch) is True


@each_role
def test_a_configuration_that_a_program_can_check_is_checked_before_it_is_used(role: Role) -> None:
    unchecked = []
    for path in files(role, "tasks/**/*.yml"):
        for task in tasks(path):
            body = task.get("ansible.builtin.template") or {}
            for pattern, check in CHECKED.items():
                dest = str(body.get("dest", ""))
                if re.fullmatch(pattern, dest) and check not in str(body.get("validate", "")):
                    unchecked.append(f"{path}: {dest} has no validate with `{check}`")

    assert unchecked == []


@each_role
def test_templates_lie_where_their_targets_do(role: Role) -> None:
    folder = Path("roles") / role.name / "templates"
    astray = [
        path for path in files(role, "templates/**/*") if path.relative_to(folder).parts[0] not in ROOTS_OF_A_HOST
    ]

    assert astray == []


@each_role
def test_its_meta_names_what_galaxy_and_a_reader_want_to_know(role: Role) -> None:
    info = read_yaml(role.path / "meta/main.yml")["galaxy_info"]

    assert info["description"]
    assert info["license"] == "MIT"


def test_roles_and_plays_speak_of_groups_and_never_of_a_host() -> None:
    hosts = [
        host for path in matching("inventories/*/hosts.yml") for host in read_yaml(ROOT / path)["all"].get("hosts", {})
    ]
    naming = [
        f"{path}:{number}"
        for path in matching("roles/**/*", "playbooks/**/*.yml")
        for number, line in enumerate(lines(path), 1)
        if any(re.search(rf"\b{re.escape(host)}\b", line) for host in hosts)
    ]

    assert hosts
    assert naming == []


def test_no_role_knows_the_service_that_is_deployed() -> None:
    name = tomllib.loads((ROOT / "app/pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    knowing = [
        f"{path}:{number}"
        for path in matching("roles/**/*")
        for number, line in enumerate(lines(path), 1)
        if name in line.lower()
    ]

    assert knowing == []


def test_no_line_switches_a_linter_off() -> None:
    switched = [
        f"{path}:{number}"
        for path in matching("roles/**/*", "playbooks/**/*.yml", "inventories/**/*.yml", "monitoring/**/*.yml")
        for number, line in enumerate(lines(path), 1)
        if re.search(r"#\s*(noqa|yamllint disable)|skip_ansible_lint", line)
    ]

    assert switched == []

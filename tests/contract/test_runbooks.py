"""Every command of a runbook works on the host as it is written: it names only what the roles lay down there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.contract import on_hosts
from tests.contract.promtool_cases import metrics_of
from tests.contract.runbook_commands import Step, split, steps

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = steps()
CONTROL_NODE = {"ansible", "make"}
ON_HOSTS = [step for step in STEPS if step.program not in CONTROL_NODE]


def of(*programs: str) -> list[Step]:
    return [step for step in ON_HOSTS if step.program in programs]


def wrong(found: list[Step], names: Callable[[Step], list[str]], is_there: Callable[[str], bool]) -> list[str]:
    """Return page and name of each that isn't there."""
    return [f"{step.page}: {name}" for step in found for name in names(step) if not is_there(name)]


def paths(step: Step) -> list[str]:
    """Return the paths of files that it names; a URL's path is none."""
    words = [word for word in step.words[1:] if not re.search(r"\w://|^[a-z ]*select |^/.*/[^/]*\{", word)]
    return [path.rstrip("'") for word in words for path in re.findall(r"(?:^|(?<=[ =:\"]))/[\w./@*-]*\w", word)]


def units(step: Step) -> list[str]:
    return re.findall(r"(?<![\w/.])[a-z][\w@*-]*\.(?:service|socket|timer)", " ".join(step.words))


def asked(step: Step) -> str:
    """Return the PromQL of a query."""
    return step.words[-1] if step.words[1:3] == ("query", "instant") else ""


def test_there_are_commands_for_all_kinds_of_things() -> None:
    programs = {step.program for step in STEPS}

    assert {"systemctl", "journalctl", "psql", "redis-cli", "promtool", "amtool", "curl", "mailroom-run"} <= programs


def test_every_program_is_on_a_host() -> None:
    assert wrong(ON_HOSTS, lambda step: [step.program], on_hosts.has_program) == []


def test_every_unit_is_on_a_host() -> None:
    assert wrong(ON_HOSTS, units, on_hosts.has_unit) == []


def test_what_is_asked_of_systemd_and_the_journal_is_said_with_its_suffix() -> None:
    named = [step for step in of("systemctl", "journalctl") if step.after("-u") or "status" in step.words]

    assert [step.whole for step in named if not units(step)] == []


def test_every_file_is_on_a_host() -> None:
    assert wrong(ON_HOSTS, paths, on_hosts.has_file) == []


def test_every_port_has_somebody_who_listens() -> None:
    def named(step: Step) -> list[str]:
        return re.findall(r"(?:127\.0\.0\.1|port =) ?:(\d+)", " ".join(step.words))

    assert wrong(ON_HOSTS, named, lambda port: int(port) in on_hosts.ports()) == []


def test_every_query_asks_for_series_that_are_told() -> None:
    queries = [step for step in of("promtool") if asked(step)]

    assert queries
    assert wrong(queries, lambda step: sorted(metrics_of(asked(step), {})), on_hosts.metrics().__contains__) == []


def test_every_job_in_a_query_is_scraped() -> None:
    def named(step: Step) -> list[str]:
        return re.findall(r'job="([\w-]+)"', asked(step))

    assert wrong(of("promtool"), named, on_hosts.scrape_jobs().__contains__) == []


def test_every_name_in_the_journal_is_one_that_a_program_writes_under() -> None:
    assert wrong(of("journalctl"), lambda step: step.after("-t"), on_hosts.identifiers().__contains__) == []


def test_a_database_that_is_named_is_one_of_ours() -> None:
    databases = set(
        re.findall(r"mailroom_databases:\n  - \{name: (\w+)", on_hosts.text_of("playbooks/group_vars/*.yml"))
    )

    assert databases
    assert wrong(of("psql"), lambda step: step.after("-d"), databases.__contains__) == []


def test_redis_is_asked_as_somebody_who_may_ask_it() -> None:
    found = of("redis-cli")

    assert {user for step in found for user in step.after("--user")} == {"redis_exporter"}
    assert wrong(found, lambda step: [step.words[3]], on_hosts.redis_commands().__contains__) == []


def test_mailroom_knows_the_commands_that_it_is_given() -> None:
    found = of("mailroom-run")

    assert {step.words[1] for step in found} == {"mailroom"}
    assert wrong(found, lambda step: [step.words[2]], on_hosts.mailroom_commands().__contains__) == []


@pytest.mark.parametrize(
    ("there", "name"),
    [
        (on_hosts.has_unit, "mailroom-web@red.service"),
        (on_hosts.has_unit, "gunicorn.service"),
        (on_hosts.has_file, "/etc/prometheus/rules.yaml"),
        (on_hosts.has_file, "/srv/guestbook/lanes"),
        (on_hosts.has_program, "htop"),
        (on_hosts.metrics().__contains__, "mailroom_requests_total"),
        (on_hosts.scrape_jobs().__contains__, "mailroom"),
    ],
)
def test_what_is_nowhere_is_told_apart(there: Callable[[str], bool], name: str) -> None:
    assert not there(name)


def test_a_line_is_split_into_its_steps() -> None:
    line = """A="$(sudo x 'y | z')" sudo -u postgres psql -c "select 1; --" 2> /dev/null | sort -n; uptime"""

    assert list(split(line)) == [
        ("psql", "-c", "select 1; --", "2", ">", "/dev/null"),
        ("sort", "-n"),
        ("uptime",),
    ]

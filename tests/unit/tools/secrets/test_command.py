"""`make secrets`: what it says, what it refuses, and that it never shows a value."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import pytest

from tests.unit.tools.secrets.checkout import Checkout
from tools.secrets.command import named

KEYS = "vault_mailroom_token_signing_keys"
LOGIN = "vault_postgresql_service_password"
TEXT = "vault_grafana_admin_password"


@pytest.fixture(params=["checkout", "in_aws"])
def either(request: pytest.FixtureRequest) -> Checkout:
    """Return a checkout with a vault, then one with Parameter Store."""
    found: Checkout = request.getfixturevalue(request.param)
    return found


def secrets_of(checkout: Checkout) -> set[str]:
    values = checkout.values() if checkout.vault.exists() else checkout.parameters()
    return {
        part for value in values.values() for line in str(value).splitlines() for part in (line, line.split(":")[-1])
    }


def test_the_table_tells_of_each_by_name_and_whether_it_was_made(
    either: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    either.make()
    first = capsys.readouterr().out.splitlines()
    either.make()
    second = capsys.readouterr().out.splitlines()

    assert first[0].split() == ["NAME", "STATE", "FOR"]
    assert {line.split()[1] for line in first[1:]} == {"made"}
    assert {line.split()[1] for line in second[1:]} == {"there"}


def test_no_value_is_ever_shown(
    either: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    monkeypatch.setattr("ansible.utils.display.Display.verbosity", 6, raising=False)
    steps = [(), ("--rotate", KEYS), ("--rotate", KEYS), ("--sign", KEYS), ("--retire", KEYS), ("--retire", KEYS), ()]
    steps += [("--rotate", LOGIN), ("--retire", LOGIN), ("--rotate", TEXT)]
    codes = []
    for step in steps:
        codes.append(either.make(*step))
        seen |= secrets_of(either)
    monkeypatch.setattr("sys.stdin", io.StringIO("given-by-somebody-else\n"))
    either.make("--set", "vault_slack_url")
    seen |= secrets_of(either)
    said = capsys.readouterr()

    assert codes == [0, 0, 2, 0, 0, 2, 0, 0, 0, 0]
    assert "given-by-somebody-else" in seen
    assert [value for value in seen if value in said.out + said.err] == []


def test_no_program_is_started_that_could_show_one(either: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr("os.execve", start)

    assert either.make() == 0
    assert either.make("--rotate", KEYS) == 0


def test_a_step_says_what_there_is_now_and_what_comes_next(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.make()
    said = []
    for verb in ("--rotate", "--sign", "--retire"):
        capsys.readouterr()
        assert checkout.make(verb, "mailroom_token_signing_keys") == 0
        said.append(capsys.readouterr().out)

    assert (
        f"{KEYS}: key 1 signs; 2 accepted too.\nIt takes effect with:\n  make release ENV=staging VERSION=" in said[0]
    )
    assert f"make secrets ENV=staging SIGN={KEYS}" in said[0]
    assert "Then wait: the life of an access token" in said[1]
    assert f"make secrets ENV=staging RETIRE={KEYS}" in said[1]
    assert "With that it is done." in said[2]


def test_a_value_that_somebody_gave_is_kept_and_stays_when_others_are_made(
    either: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("https://hooks.example/{{ a }}\n"))

    assert either.make("--set", "slack_url") == 0
    assert "vault_slack_url is there." in capsys.readouterr().out
    assert either.make() == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("vault_slack_url"))
    assert row.split(maxsplit=2)[1:] == ["there", "given by you: it isn't in tools/secrets/table.yml"]
    assert "https://hooks.example/{{ a }}" in secrets_of(either)


def test_a_value_that_is_given_again_is_changed(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("one\n", "two\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(value))
        checkout.make("--set", "slack_url")

    assert "vault_slack_url is changed." in capsys.readouterr().out
    assert checkout.values() == {"vault_slack_url": "two"}


def test_at_a_terminal_a_value_is_asked_for_and_not_shown(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: "typed")

    assert checkout.make("--set", "slack_url") == 0
    assert checkout.values() == {"vault_slack_url": "typed"}


@pytest.mark.parametrize(
    ("says", "arguments", "message"),
    [
        (
            {"secrets_backend": "chest"},
            (),
            "secrets_backend is 'chest' in inventories/staging/group_vars/all; it may be",
        ),
        ({"secrets_backend": "ssm"}, (), "cloud_region in inventories/staging/group_vars/all is ''; it must name"),
        ({"secrets_backend": "ssm", "cloud_region": "{{ x }}"}, (), "is '{{ x }}'; it must name the region"),
        ({}, ("--sign", "redis_password"), "vault_redis_password is a password and signs nothing"),
        ({}, ("--rotate", "nothing"), "there is no secret vault_nothing that is made here; there are vault_postgresql"),
        ({}, ("--retire", "grafana_admin_password"), "vault_grafana_admin_password has one value at a time"),
        ({}, ("--sign", KEYS), f"{KEYS} isn't there yet: make secrets ENV=staging"),
        ({}, ("--set", "Slack-URL"), "'Slack-URL' isn't a name; one has a-z, 0-9 and _, as in vault_slack_url"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(
    checkout: Checkout,
    capsys: pytest.CaptureFixture[str],
    says: dict[str, Any],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    checkout.says(**says)

    assert checkout.make(*arguments) == 2
    assert message in capsys.readouterr().err
    assert not checkout.vault.exists()


def test_a_value_that_is_empty_is_refused(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))

    assert checkout.make("--set", "slack_url") == 2
    assert "no value came for vault_slack_url; give it on standard input" in capsys.readouterr().err
    assert not checkout.vault.exists()


def test_variables_that_are_not_yaml_are_named_with_the_line(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout.folder / "more.yml").write_text("---\na: 1\n<<<<<<< HEAD\n", encoding="utf-8")

    assert checkout.make() == 2
    assert "more.yml isn't YAML in line " in capsys.readouterr().err


def test_variables_with_tags_of_ansible_are_read(checkout: Checkout) -> None:
    (checkout.folder / "more.yml").write_text('---\na: !unsafe "{{ b }}"\nc: !vault |\n  $ANSIBLE\n', encoding="utf-8")

    assert checkout.make() == 0


def test_an_environment_that_is_not_there_is_refused_with_those_that_are(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checkout.make(environment="moon") == 2
    assert capsys.readouterr().err == "ENV=moon: there is no such environment. There are: local staging\n"


def test_a_name_may_be_given_without_its_beginning() -> None:
    assert named("slack_url") == named("vault_slack_url") == "vault_slack_url"

"""`make promote`: fetch from one environment, release to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import promote

if TYPE_CHECKING:
    from collections.abc import Callable

CHOSEN = {"app": "mailroom", "from": "staging", "version": "1.4.0", "sha256": "ab12"}


@pytest.fixture
def environments(tmp_path: Path) -> list[str]:
    for name in ("staging", "production"):
        (tmp_path / name).mkdir()
    return ["--from", str(tmp_path / "staging"), "--to", str(tmp_path / "production")]


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, ...]]]:
    """Stand in for ansible-playbook, which exits with these codes; return its calls."""

    def stand_in(*codes: int, tells: bool = True) -> list[tuple[str, ...]]:
        calls: list[tuple[str, ...]] = []

        def play(inventory: Path, playbook: str, *arguments: str) -> int:
            calls.append((inventory.name, playbook, *arguments))
            if playbook == "promote.yml" and tells:
                Path(arguments[-1].removeprefix("promotion_record=")).write_text(json.dumps(CHOSEN), encoding="utf-8")
            return codes[len(calls) - 1]

        monkeypatch.setattr(promote, "play", play)
        return calls

    return stand_in


def test_exactly_what_was_fetched_is_released_to_the_other_environment(
    environments: list[str], plays: Callable[..., list[tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = plays(0, 0)

    assert promote.main([*environments, "--", "--diff"]) == 0
    assert calls[0][:2] == ("staging", "promote.yml")
    wish = ("-e", "release_version=1.4.0", "-e", "release_sha256=ab12", "-e", "release_promoted_from=staging")
    assert calls[1] == ("production", "release.yml", "--diff", *wish)
    assert "mailroom 1.4.0 goes from staging to production, the same bytes: sha256 ab12" in capsys.readouterr().out


def test_an_application_that_is_chosen_is_chosen_in_both(
    environments: list[str], plays: Callable[..., list[tuple[str, ...]]]
) -> None:
    calls = plays(0, 0)
    promote.main([*environments, "--app", "guestbook", "--", "-e", "release_wait=60"])

    assert calls[0][2:4] == ("-e", "app_name=guestbook")
    assert "release_wait=60" not in calls[0]
    assert calls[1][2:6] == ("-e", "app_name=guestbook", "-e", "release_wait=60")


def test_what_may_not_be_promoted_is_not_released(
    environments: list[str], plays: Callable[..., list[tuple[str, ...]]]
) -> None:
    calls = plays(2)

    assert promote.main(environments) == 2
    assert len(calls) == 1


def test_the_version_that_was_asked_for_goes(
    environments: list[str], plays: Callable[..., list[tuple[str, ...]]]
) -> None:
    calls = plays(0, 0)

    assert promote.main([*environments, "--version", "1.4.0"]) == 0
    assert calls[1][:2] == ("production", "release.yml")


def test_another_version_than_was_asked_for_does_not_go(
    environments: list[str], plays: Callable[..., list[tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = plays(0, 0)

    assert promote.main([*environments, "--version", "1.3.0"]) == 1
    assert len(calls) == 1
    assert capsys.readouterr().err == (
        "1.4.0 is live in staging by now, and 1.3.0 was to be promoted. Nothing was changed.\n"
    )


@pytest.mark.parametrize(("environment", "profile"), [("staging", "ours"), ("production", "none")])
def test_each_environment_is_asked_as_its_own_aws_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str, profile: str
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    playbook = python.with_name("ansible-playbook")
    playbook.write_text(f'#!/bin/sh\necho "${{AWS_PROFILE:-none}}" > {tmp_path}/seen\n', encoding="utf-8")
    playbook.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("SLIPWAY_STAGING_AWS_PROFILE", "ours")

    assert promote.play(tmp_path / environment, "promote.yml") == 0
    assert (tmp_path / "seen").read_text(encoding="utf-8") == f"{profile}\n"


def test_a_release_that_fails_fails_the_promotion(
    environments: list[str], plays: Callable[..., list[tuple[str, ...]]]
) -> None:
    plays(0, 2)

    assert promote.main(environments) == 2


def test_an_environment_without_app_hosts_is_refused(
    environments: list[str],
    plays: Callable[..., list[tuple[str, ...]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    plays(0, tells=False)

    assert promote.main(environments) == 1
    assert capsys.readouterr().err == "staging has no app hosts, so nothing is live there. Nothing was changed.\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], 'FROM is ""; there is no such environment. There are: '),
        (["--from", "nowhere", "--to", "local"], 'FROM is "nowhere"; there is no such environment. There are: '),
        (["--from", "local"], 'TO is ""; there is no such environment'),
        (
            ["--from", "local", "--to", "local"],
            "FROM and TO are both local; promotion goes from one environment to another",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_runs(
    argv: list[str], message: str, plays: Callable[..., list[tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = plays()

    assert promote.main(argv) == 2
    assert message in capsys.readouterr().err
    assert calls == []

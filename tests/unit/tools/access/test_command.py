"""`python -m tools.access`: a command has access while it runs, and nothing of it is left, whatever becomes of it."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.unit.tools.access.conftest import KEY, KNOWN, TEAM
from tests.unit.tools.access.test_door import RUNNER, let_in
from tools.access import command
from tools.access.aws import AccessError, Client
from tools.access.command import run, surroundings, wish_of

ROOT = Path(__file__).resolve().parents[4]
TOLD = {
    "PATH": os.environ["PATH"],
    "SLIPWAY_STAGING_SSH_KEY": KEY,
    "SLIPWAY_STAGING_KNOWN_HOSTS": KNOWN,
    "SLIPWAY_PRODUCTION_SSH_KEY": KEY,
    "SLIPWAY_PRODUCTION_KNOWN_HOSTS": KNOWN,
}


def wish(*words: str, environments: tuple[str, ...] = ("staging",), door: bool = False) -> argparse.Namespace:
    return argparse.Namespace(door=door, environments=list(environments), command=list(words))


def shell(script: str, *, door: bool = False) -> argparse.Namespace:
    return wish("sh", "-c", script, door=door)


@pytest.fixture(name="told")
def _told(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a machine of GitHub's."""
    (tmp_path / "temp").mkdir()
    return TOLD | {"RUNNER_TEMP": str(tmp_path / "temp"), "STATE": str(tmp_path / "state")}


def left(tmp_path: Path) -> list[Path]:
    """Return what is left of the access."""
    return [*(tmp_path / "temp").iterdir(), *(tmp_path / "state").glob("*")]


def test_the_command_finds_the_keys_where_the_inventory_looks_for_them(told: dict[str, str], tmp_path: Path) -> None:
    script = 'cat "$STATE/staging/known_hosts" > "$STATE/seen"; readlink -f "$STATE/staging" >> "$STATE/seen"; exit 3'

    assert run(shell(script), told, tmp_path / "state", str) == 3
    known, place = (tmp_path / "state/seen").read_text(encoding="utf-8").splitlines()
    assert known == KNOWN
    assert Path(place).is_relative_to(tmp_path / "temp")


@pytest.mark.parametrize("script", ["exit 0", "exit 1", "kill -9 $$", 'touch "$STATE/staging/made_by_it"'])
def test_nothing_is_left_whatever_becomes_of_the_command(told: dict[str, str], tmp_path: Path, script: str) -> None:
    run(shell(script), told, tmp_path / "state", str)

    assert left(tmp_path) == []


def test_each_environment_has_its_own(told: dict[str, str], tmp_path: Path) -> None:
    script = 'test -s "$STATE/staging/ssh_key" && test -s "$STATE/production/ssh_key"'

    assert run(wish("sh", "-c", script, environments=("staging", "production")), told, tmp_path / "state", str) == 0
    assert left(tmp_path) == []


def test_a_command_that_isnt_there_is_told_and_leaves_nothing(told: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="nowhere-to-be-found can't be run: No such file or directory"):
        run(wish("nowhere-to-be-found"), told, tmp_path / "state", str)

    assert left(tmp_path) == []


def test_access_that_the_machine_has_itself_is_left_alone(told: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "state/staging").mkdir(parents=True)

    with pytest.raises(AccessError, match="state/staging is there already: this machine has access of its own"):
        run(shell("exit 0"), told, tmp_path / "state", str)
    assert (tmp_path / "state/staging").is_dir()


def test_the_door_is_open_while_the_command_runs_and_no_longer(
    told: dict[str, str], tmp_path: Path, ec2: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    during: list[str] = []

    # The simulated AWS is in this process, so that another one couldn't see it.
    def look(*_: object) -> int:
        during.extend(let_in(ec2))
        return 0

    monkeypatch.setattr(command.Child, "run", look)

    run(shell("exit 0", door=True), told, tmp_path / "state", lambda: RUNNER)

    assert sorted(during) == [f"{RUNNER}/32", TEAM]
    assert sorted(let_in(ec2)) == [TEAM]


def test_a_door_that_cannot_be_opened_leaves_nothing(told: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="no security group of staging lets addresses in by SSH"):
        run(shell("exit 0", door=True), told, tmp_path / "state", lambda: RUNNER)

    assert left(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_goes_to_the_command_which_may_end_in_peace(
    told: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "state").mkdir()
    script = 'trap "exit 7" INT TERM; touch "$STATE/ready"; while :; do sleep 0.05; done'
    ready = tmp_path / "state/ready"

    def interrupt() -> None:
        while not ready.exists():
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    code = run(shell(script), told, tmp_path / "state", str)
    thread.join()

    assert code == 7
    assert left(tmp_path) == [ready]


def test_a_signal_before_the_command_ends_it_and_leaves_nothing(told: dict[str, str], tmp_path: Path) -> None:
    def interrupted() -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return RUNNER

    with pytest.raises(SystemExit) as ended:
        run(shell("exit 0", door=True), told, tmp_path / "state", interrupted)

    assert ended.value.code == 128 + signal.SIGTERM
    assert left(tmp_path) == []


def test_the_command_gets_the_vaults_passwords_as_files_and_no_secret_as_a_variable() -> None:
    secret = {f"SLIPWAY_STAGING_{name}": "secret" for name in ("SSH_KEY", "KNOWN_HOSTS", "VAULT_PASSWORD")}
    kept = {"PATH": "/bin", "SLIPWAY_BY": "ann", "SLIPWAY_STAGING_AWS_PROFILE": "slipway-staging"}
    vaults = {"staging": Path("/a"), "production": Path("/b")}

    assert surroundings(list(vaults), kept | secret | {"SLIPWAY_STATE": "/c"}, vaults) == kept | {
        "ANSIBLE_VAULT_IDENTITY_LIST": "staging@/a,production@/b"
    }


def test_a_command_about_one_environment_speaks_to_aws_as_its_role() -> None:
    told = {"AWS_PROFILE": "mine", "SLIPWAY_STAGING_AWS_PROFILE": "slipway-staging"}

    assert surroundings(["staging"], told, {})["AWS_PROFILE"] == "slipway-staging"
    assert surroundings(["production"], told, {})["AWS_PROFILE"] == "mine"
    assert surroundings(["staging", "production"], told, {})["AWS_PROFILE"] == "mine"


def test_a_command_line_names_environments_and_after_two_dashes_the_command(tmp_path: Path) -> None:
    for name in ("staging", "production"):
        (tmp_path / name).mkdir()

    found = wish_of(["--door", "staging", "production", "--", "make", "promote", "--", "x"], tmp_path)

    assert (found.door, found.environments) == (True, ["staging", "production"])
    assert found.command == ["make", "promote", "--", "x"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere", "--", "true"], "nowhere: there is no such environment. There are: staging"),
        (["staging"], "say what is to be run, after --, as in: staging -- make status ENV=staging"),
        (["staging", "--"], "say what is to be run, after --"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "staging").mkdir()

    with pytest.raises(AccessError) as refused:
        wish_of(words, tmp_path)

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("told", [{}, {"SLIPWAY_LOCAL_AWS_PROFILE": "nobody"}], ids=["no region", "no such profile"])
def test_without_a_way_to_aws_it_says_what_is_missing(told: dict[str, str]) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "tools.access", "local", "--", "true"]
    done = subprocess.run(command, cwd=ROOT, env=bare | told, capture_output=True, text=True, check=False)

    missing = "local's AWS profile: The config profile (nobody)" if told else "AWS's ssm: You must specify a region."
    assert (done.returncode, done.stderr[: len(missing)]) == (2, missing)


def test_a_refusal_is_one_line_and_a_code_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.access", "nowhere", "--", "true"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("nowhere: there is no such environment. There are: local")
    assert done.stderr.count("\n") == 1

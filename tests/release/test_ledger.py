"""What a release, a rollback and a failed release leave behind: in the ledger, in Prometheus, in a team's chat."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import Fleet
from tests.local_host import wait_for
from tests.playing import Played
from tests.release.prometheus import series
from tests.release.quick import STATE, Entry, Quick, words
from tests.turns import share
from tools.up import ROOT, addresses

pytestmark = [pytest.mark.timeout(1800), share(1)]

SINK = f"https://{addresses()[2]}:4567/alerts"
KEY = "hush-b7c1e5"  # a webhook's address is its password
BY = {"SLIPWAY_BY": "ann"}
HERE = socket.gethostname()
# No release errs so little: the gate closes as soon as there are enough requests.
CLOSED = ("-e", '{"app_gate": {"error_ratio": -1}}')


@dataclass(frozen=True)
class Story:
    """A release, a rollback and a release that the gate sends back.

    Attributes:
        quick: the fleet.
        old: what was live before and is live after.
        new: what was released, and failed the second time.
        played: how the three went.
        notices: what the webhook heard, in order.
    """

    quick: Quick
    old: str
    new: str
    played: tuple[Played, Played, Played]
    notices: list[str]

    def entries(self) -> dict[str, list[Entry]]:
        """Return what each app host's ledger says of the three."""
        return {host: self.quick.ledger(host)[-3:] for host in self.quick.hosts}


def sink(fleet: Fleet, method: str) -> Any:  # noqa: ANN401 it is JSON
    """Ask the lab's webhook for what it heard, or have it forget."""
    trust = ssl.create_default_context(cafile=str(fleet.state / "ca.crt"))
    request = urllib.request.Request(SINK, method=method)
    with urllib.request.urlopen(request, timeout=10, context=trust) as answer:  # noqa: S310
        return json.loads(answer.read())


@pytest.fixture(scope="module")
def story(fleet: Fleet, artifacts: Path, versions: tuple[str, str]) -> Story:
    """Return the story, told to a webhook, with as much output as a person would ask for."""
    quick = Quick(fleet, artifacts, versions)
    quick.settle()
    old, new = quick.live(), quick.next()
    env = {**BY, "SSL_CERT_FILE": str(fleet.state / "ca.crt")}
    notice = ("-vvv", "-e", f"app_notice_url={SINK}?key={KEY}")
    sink(fleet, "DELETE")
    released = quick.release(new, *notice, env=env)
    back = fleet.rollback(*notice, env=env)
    failed = quick.release(new, *notice, *CLOSED, env=env)
    said = [str(heard["text"]) for heard in sink(fleet, "GET") if set(heard) == {"text"}]
    for played, code in ((released, 0), (back, 0), (failed, 2)):
        assert played.code == code, played.output[-8000:]
    return Story(quick, old, new, (released, back, failed), said)


def ask_tool(name: str, fleet: Fleet, *arguments: str) -> str:
    """Return what `make releases` or `make status` prints; it must be able to."""
    command = [sys.executable, "-m", f"tools.{name}", "-i", str(fleet.inventory), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_same_three_lines_are_on_every_app_host(story: Story) -> None:
    told = story.entries()
    first, *others = told.values()

    assert [(entry["kind"], entry["verdict"]) for entry in first] == [
        ("release", "succeeded"),
        ("rollback", "succeeded"),
        ("release", "failed"),
    ]
    apart = ("finished", "phases", "built")  # each host's own clock and its own files
    shared = [{key: value for key, value in entry.items() if key not in apart} for entry in first]
    for entries in others:
        assert [{key: value for key, value in entry.items() if key not in apart} for entry in entries] == shared
    moves = [(entry["before"], entry["version"]) for entry in first]
    assert moves == [(story.old, story.new), (story.new, story.old), (story.old, story.new)]
    assert {(entry["by"], entry["from"], tuple(entry["hosts"])) for entry in first} == {
        ("ann", HERE, tuple(story.quick.hosts))
    }
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {entry["commit"].removesuffix("-dirty") for entry in first} == {commit.strip()}


def test_a_release_tells_its_phases_its_probe_and_its_bytes(story: Story) -> None:
    for released, _, _ in story.entries().values():
        assert list(released["phases"]) == sorted(
            ["begin", "stage", "start", "cutover", "bake", "finish"], key=list(released["phases"]).index
        )
        assert {"begin", "stage", "start", "cutover", "bake", "finish"} == set(released["phases"])
        took = released["finished"] - released["started"]
        assert sum(released["phases"].values()) == pytest.approx(took, abs=5)
        assert released["probe"]["sent"] >= 20
        assert released["probe"]["failed"] == 0
        assert released["probe"]["slowest_ms"] > 0
        assert (released["baked"], released["fast"], released["missing"], released["broke_lock"]) == (
            True,
            False,
            [],
            None,
        )
        artifact = story.quick.artifacts / f"mailroom-{story.new}.tar.gz"
        assert released["sha256"] == hashlib.sha256(artifact.read_bytes()).hexdigest()


def test_a_failed_release_tells_which_number_sent_it_back_and_how_long_that_took(story: Story) -> None:
    for _, _, failed in story.entries().values():
        assert f"error ratio of {story.new}" in words(failed["reason"])
        assert failed["baked"] is False
        assert {"flip_back", "drain"} <= set(failed["phases"])
        assert failed["probe"]["sent"] > 0
    assert story.quick.live() == story.old


def test_start_finish_and_failure_reach_the_webhook_and_its_address_is_in_no_output(story: Story) -> None:
    told = [words(text) for text in story.notices]

    assert len(told) == 5, told
    begins, finishes, back, again, fails = told
    who = f"by ann@{HERE}"
    assert begins == f"Release of mailroom {story.new} in local begins, {who}; {story.old} is live."
    assert finishes.startswith(f"Release of mailroom {story.new} in local succeeded in ")
    assert f"{who}, " in finishes
    assert finishes.endswith(f"requests probed, 0 lost. It was {story.old} before.")
    assert back.startswith(f"Rollback of mailroom {story.old} in local succeeded in ")
    assert again == begins
    assert fails.startswith(f"*Release of mailroom {story.new} in local FAILED* after ")
    assert f"error ratio of {story.new}" in fails
    assert f"serves {story.old}" in fails
    for played in story.played:
        assert KEY not in played.output
        assert "4567" not in played.output


def test_prometheus_hears_of_the_three(story: Story) -> None:
    fleet = story.quick.fleet
    told = {host: story.quick.ledger(host) for host in story.quick.hosts}
    wanted = {
        (host, entry["kind"], entry["verdict"]): sum(
            (one["kind"], one["verdict"]) == (entry["kind"], entry["verdict"]) for one in entries
        )
        for host, entries in told.items()
        for entry in entries
    }

    def counted() -> dict[tuple[str, str, str], int]:
        return {
            (one["metric"]["instance"], one["metric"]["kind"], one["metric"]["verdict"]): int(one["value"][1])
            for one in series(fleet, 'slipway_releases_total{app="mailroom"} > 0')
        }

    wait_for(lambda: counted() == wanted, f"{wanted} in Prometheus", limit=90)


def test_releases_shows_all_hosts_as_one_and_names_who_lacks_what(story: Story) -> None:
    fleet, host = story.quick.fleet, story.quick.hosts[0]
    lost = len(story.quick.ledger(story.quick.hosts[1]))  # nobody else knows of what this host alone wrote down
    fleet.run(host, f"mv {STATE}/ledger.jsonl {STATE}/ledger.lost")
    try:
        shown = ask_tool("releases", fleet, "-n", "500")
    finally:
        fleet.run(host, f"mv {STATE}/ledger.lost {STATE}/ledger.jsonl")
    whole = ask_tool("releases", fleet, "-n", "3")

    head, first, second, third, *rest = whole.splitlines()
    assert head.split() == ["WHEN", "(UTC)", "KIND", "VERSION", "BY", "TOOK", "VERDICT", "PROBED", "LOST", "REASON"]
    assert rest == [], "nothing is amiss"
    assert re.search(rf"release +{story.old} → {story.new} +ann@{HERE} .* failed .*error ratio of {story.new}", first)
    assert re.search(rf"rollback +{story.new} → {story.old} +ann@{HERE} .* succeeded +- +-", second)
    assert re.search(rf"release +{story.old} → {story.new} +ann@{HERE} .* succeeded +[0-9,]+ +0", third)
    others = [words(line) for line in shown.splitlines()[1:4]]  # wider columns, since older entries are among them
    assert others == [words(line) for line in (first, second, third)], "the other host's file tells all"
    assert f"{host} lacks {lost}: release {story.new} (" in shown


def test_with_a_host_gone_both_name_it_and_show_what_the_others_say(story: Story) -> None:
    fleet, (here, gone) = story.quick.fleet, story.quick.hosts
    with fleet.network_cut(gone):
        releases, status = ask_tool("releases", fleet, "-n", "3"), ask_tool("status", fleet)

    for shown in (releases, status):
        assert f"{gone} could not be asked, unreachable: " in shown, shown
        assert re.search(rf"rollback +{story.new} → {story.old}", shown), shown
    assert f"{here}: {story.old} is live in slot " in status
    assert "unfinished" not in status

"""From a blank host to a served, watched, released service: what `make up` promises, on a real host."""

from __future__ import annotations

import uuid

import pytest

from tests.figures import Figures
from tests.leaks.search import Watched
from tests.local_host import LocalHost
from tests.playing import Played
from tools.phases import Phases
from tools.site import Client, deliver
from tools.up import bring_up

pytestmark = pytest.mark.timeout(1800)


def test_check_and_diff_succeed_on_a_blank_host(blank_check: Played) -> None:
    assert blank_check.code == 0, blank_check.output[-6000:]


def test_one_command_takes_a_blank_host_to_a_delivered_message(up: LocalHost, figures: Figures) -> None:
    figures.show(f"make up, from a blank host to a delivered message\n{up.phases.table()}")
    figures.say("blank host to a delivered message", f"{sum(up.phases.seconds.values()):.0f} s", "under 240 s")
    assert list(up.phases.seconds) == ["host", "converge", "build", "release", "message"]


def test_up_can_be_run_again_changes_nothing_and_releases_nothing_new(up: LocalHost, figures: Figures) -> None:
    before, again = up.slots(), Phases(up.state / "logs")
    assert bring_up(again, up.state, ("--name", up.lab)) == up.version
    converged = Played(0, (up.state / "logs" / "converge.log").read_text(encoding="utf-8"))
    figures.say("second converge, changed tasks", str(converged.changed), "0")
    assert "PLAY RECAP" in converged.output
    assert converged.changed == 0, converged.changes
    share = again.seconds["converge"] / up.phases.seconds["converge"]
    figures.say("second converge, time", f"{again.seconds['converge']:.0f} s, {share:.0%} of the first", "at most 33 %")
    after = up.slots()
    assert (after["live"], after["slots"][after["live"]]["release"]) == (before["live"], up.version)


def test_one_more_converge_changes_nothing(converged_again: Watched) -> None:
    played = converged_again.played
    assert played.code == 0, played.output[-6000:]
    assert played.changed == 0, played.changes


def test_check_and_diff_change_nothing_on_a_live_host(up: LocalHost) -> None:
    checked = up.play("site.yml", "--check", "--diff")
    assert checked.code == 0, checked.output[-6000:]
    assert checked.changed == 0, checked.changes


def test_the_first_admin_is_made_on_the_host_and_logs_in(up: LocalHost) -> None:
    password, email = uuid.uuid4().hex, f"{uuid.uuid4().hex}@example.org"
    command = f"mailroom-run mailroom users create {email} --role admin --name Ann"

    up.run(f"printf %s {password} | {command}")

    asked = {"grant": "password", "email": email, "password": password}
    token = Client(up.url, up.certificate).ask("/api/v1/auth/token", asked).body["access_token"]
    assert Client(up.url, up.certificate, token).ask("/api/v1/auth/me").body["name"] == "Ann"
    assert Client(up.url, up.certificate, token).ask("/api/v1/users").status == 200


def test_a_message_posted_through_nginx_reaches_ses_with_subject_and_recipient(up: LocalHost) -> None:
    subject, recipient = f"Größe {uuid.uuid4().hex}", f"{uuid.uuid4().hex}@example.org"
    received = deliver(up.client(), up.outside(), subject, recipient)
    assert received["subject"] == subject
    assert received["to"] == [recipient]
    assert "post@mailroom.test" in received["from"]

"""From a blank host to a served, watched, released service: what `make up` promises, on a real host."""

from __future__ import annotations

import uuid

import pytest

from tests.figures import Figures
from tests.local_host import LocalHost
from tests.playing import Played
from tools.phases import Phases
from tools.site import Client, deliver
from tools.up import bring_up

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def converged_again(up: LocalHost, request: pytest.FixtureRequest) -> Played:
    """Converge once more, saying all that Ansible can say; its time isn't measured, so the fleet can come up beside."""
    request.getfixturevalue("fleet_beside")
    return up.play("site.yml", "-vvv")


def test_check_and_diff_succeed_on_a_blank_host(up: LocalHost) -> None:
    assert up.blank_check is not None
    assert up.blank_check.code == 0, up.blank_check.output[-6000:]


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


def test_one_more_converge_changes_nothing(converged_again: Played) -> None:
    assert converged_again.code == 0, converged_again.output[-6000:]
    assert converged_again.changed == 0, converged_again.changes


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


def secret_values(host: LocalHost) -> dict[str, str]:
    """Return every secret of the environment by its name. Never print a value."""
    return {path.name: path.read_text(encoding="utf-8").strip() for path in (host.state / "secrets").iterdir()}


def test_no_secret_is_in_what_the_converge_and_the_release_printed(up: LocalHost, converged_again: Played) -> None:
    again = up.play("release.yml", "-e", "release_version=9.9.9", "-vvv").output
    logs = [path.read_text(encoding="utf-8") for path in (up.state / "logs").iterdir()]
    printed = "".join([converged_again.output, again, *logs])
    assert [name for name, value in secret_values(up).items() if value in printed] == []


def test_no_secret_is_in_the_journal_the_process_list_or_a_file_that_all_can_read(up: LocalHost) -> None:
    names, patterns = zip(*secret_values(up).items(), strict=True)
    listed = "\n".join(patterns)
    script = f"""
set -u
umask 077
cat > /root/.patterns <<'PATTERNS'
{listed}
PATTERNS
trap 'rm -f /root/.patterns' EXIT
found=0
journalctl --no-pager --output=cat | grep -cFf /root/.patterns && found=journal
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -cFf /root/.patterns && found=cmdline
find / -xdev -type f -perm -o+r -size -2000k -not -path '/proc/*' -not -path '/sys/*' -print0 2>/dev/null \
  | xargs -0 grep -lFf /root/.patterns 2>/dev/null
echo "found=$found"
"""
    out = [line for line in up.run(script).splitlines() if line not in {"", "0"}]
    assert out == ["found=0"], f"{len(names)} secrets were looked for"

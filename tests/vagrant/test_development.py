"""`SLIPWAY_DEV=… make up` on the machine: a release, then what is saved in the synced folder is served.

It is played in one of three commits. It comes before the tests of test_up.py, whose last one destroys the machine.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.local_host import wait_for
from tests.mailroom_source import LIVE, SAID, save, save_migration
from tests.turns import share
from tests.vagrant.virtual import DEVELOPED, VirtualMachine
from tools.phases import Phases
from tools.site import Client, SiteError

pytestmark = [pytest.mark.timeout(3600), share(DEVELOPED)]

TABLES = "sudo -u postgres psql -tAc \"SELECT tablename FROM pg_tables WHERE schemaname = 'public'\" mailroom"


def live(site: Client) -> dict[str, str]:
    """Return what the site says of itself; nothing while it doesn't answer."""
    try:
        return dict(site.ask("/health/live").body or {})
    except SiteError:
        return {}


def test_make_up_goes_on_from_there_to_a_delivered_message(phases: Phases, site: Client) -> None:
    assert list(phases.seconds) == ["host", "converge", "build", "release", "message"]
    assert site.ask("/health/ready").status == 200


def test_in_development_a_saved_file_and_a_new_migration_are_served(
    machine: VirtualMachine, phases: Phases, source: Path, site: Client
) -> None:
    assert "message" in phases.seconds
    word, table = uuid.uuid4().hex, f"try_{uuid.uuid4().hex}"
    assert "word" not in live(site)
    save(source, LIVE, SAID, f'{SAID}, word="{word}"')
    save_migration(source, f"CREATE TABLE {table} (id integer);\n")

    machine.must("rsync", source=source)

    wait_for(lambda: live(site).get("word") == word, "the saved file", 120)
    assert table in machine.ssh(TABLES).splitlines()


def test_a_file_that_can_not_be_loaded_is_mended_by_the_next(
    machine: VirtualMachine, phases: Phases, source: Path, site: Client
) -> None:
    assert "message" in phases.seconds
    save(source, "src/mailroom/app.py", "def create_app(", "import nothing_of_this_name\n\n\ndef create_app(")
    machine.must("rsync", source=source)
    wait_for(lambda: not live(site), "the end of the service", 120)
    save(source, "src/mailroom/app.py", "import nothing_of_this_name\n\n\n", "")

    machine.must("rsync", source=source)

    wait_for(lambda: bool(live(site)), "the mended file", 120)


def test_without_development_what_was_released_serves_again(
    machine: VirtualMachine, phases: Phases, site: Client
) -> None:
    assert "message" in phases.seconds
    machine.must("provision", "--provision-with", "development")

    wait_for(lambda: live(site).get("status") == "ok" and "word" not in live(site), "the release", 120)
    there = machine.ssh(
        "ls /usr/local/sbin /etc/systemd/system /etc/systemd/system/mailroom-web@.service.d 2>/dev/null; :"
    )
    assert "mailroom-run" in there
    assert "development" not in there

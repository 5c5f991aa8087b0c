"""What the host as a whole does: how much memory it takes, and that it comes back from a reboot by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.figures import Figures
from tests.local_host import LocalHost, wait_for
from tests.turns import share
from tests.usage import memory_by_service
from tools.site import SiteError

pytestmark = [pytest.mark.timeout(900), share(4)]


def test_the_whole_host_fits_a_small_machine_with_both_slots_warm(
    up: LocalHost, artifacts: Path, versions: tuple[str, str], figures: Figures
) -> None:
    for version in versions:
        assert up.release(version, artifacts, "-e", "release_fast=true").code == 0
    slots = up.slots()["slots"]
    assert {slot["web"] for slot in slots.values()} == {"active"}
    taken = memory_by_service(up)
    rows = [f"  {unit:<40} {megabytes:7.1f} MB" for unit, megabytes in taken.items() if megabytes >= 1]
    figures.show("Memory of the host at rest, both slots warm\n" + "\n".join(rows))
    figures.say("memory of the whole host, both slots warm", f"{sum(taken.values()):.0f} MB", "under 800 MB")
    assert sum(taken.values()) < 1024, "the whole stack must live in 1 GiB"


def test_a_rebooted_host_serves_the_same_version_from_the_same_slot(up: LocalHost, figures: Figures) -> None:
    before = up.slots()
    release = before["slots"][before["live"]]["release"]
    booted = up.run("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1").split()
    up.in_lab("reboot", "slipway-local")

    def serves() -> bool:
        try:
            return bool(up.client().ask("/health/ready").release == release)
        except SiteError:
            return False

    wait_for(serves, f"an answer of release {release}", limit=180)
    after = up.slots()
    assert up.run("stat -c %Y /proc/1").split() != booted[1:], "the host wasn't rebooted"
    assert after["live"] == before["live"]
    assert after["slots"][after["live"]]["worker"] == "active"
    assert up.run("systemctl is-system-running --wait || true").strip() == "running", up.run("systemctl --failed")
    figures.say("reboot", f"serves {release} from slot {after['live']} again, by itself", "same version, same slot")


def test_a_host_that_is_edge_and_app_host_in_one_is_not_drained(up: LocalHost) -> None:
    refused = up.play("drain.yml", "-e", f"nginx_drain_host={up.name}")

    assert refused.code != 0
    assert f"{up.name} is edge and app host in one; clients come to this very host" in " ".join(refused.output.split())
    assert "drained" not in up.run("ls /etc/slipway").split()

"""Faults of releases."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.fault import Fault, Place
from tests.faults.host import TEXTFILES
from tests.release.quick import LONG_STEP, SHORT, WATCHING

START = "systemctl start mailroom-web@{0}.socket mailroom-web@{0}.service"
# Both versions are staged on the host, so that nothing is looked for here.
NOWHERE = Path("/var/empty")
CLOSED = ("-e", json.dumps({"app_gate": {"error_ratio": -1}}))

LIVE = "live=$(readlink /srv/mailroom/lanes/00.sock | grep -oE 'blue|green')"
SLOTS = f"{LIVE}; idle=$([ $live = blue ] && echo green || echo blue); cd /srv/mailroom/slots"
# What a slot has is a link to a release. The first keeps what the live slot had.
OTHER_WORKER = f"""{SLOTS}
cp --no-dereference $live /run/fault-slot && ln -sfn "$(readlink -f $idle)" $live
systemctl restart mailroom-worker@$live"""
OWN_WORKER = f"""{SLOTS}
ln -sfn "$(readlink /run/fault-slot)" $live && rm /run/fault-slot && systemctl restart mailroom-worker@$live"""
# When the work that is not finished was begun, and the last that is finished ended, as the host tells Prometheus.
LONG_AGO = f"""
now=$(date +%s)
sed --in-place -E -e "s/^(slipway_work_since_seconds.*) .*/\\1 $((now - 1500))/" \\
  -e "s/^(slipway_release_last_timestamp_seconds.*) [1-9].*/\\1 $((now - 3600))/" {TEXTFILES}/slipway_mailroom.prom
"""


def move_some_lanes(place: Place) -> None:
    """Point eight lanes at the other slot by hand, without a release."""
    idle = place.module("slots_info", app="mailroom")["idle"]
    place.run(START.format(idle))
    place.module("lanes", app="mailroom", slot=idle, count=8)


def move_lanes_back(place: Place) -> None:
    """Point all lanes at the slot that has most of them."""
    slots = place.module("slots_info", app="mailroom")["slots"]
    place.module("lanes", app="mailroom", slot=max(slots, key=lambda slot: slots[slot]["lanes"]), count=20)


def other_version(place: Place) -> str:
    """Return the version that is staged and isn't live. A release that went back has emptied its slot."""
    found = place.module("slots_info", app="mailroom")
    staged = place.run("ls /srv/mailroom/releases").split()
    return next(version for version in staged if version != found["slots"][found["live"]]["release"])


def release_with_a_gate_that_never_opens(place: Place) -> None:
    """Release a sound version, which its gate takes back."""
    played = place.release(other_version(place), NOWHERE, *SHORT, *CLOSED)
    assert played.code == 2, played.output[-4000:]


def release(place: Place) -> None:
    """Release the version that isn't live."""
    played = place.release(other_version(place), NOWHERE, *SHORT)
    assert played.code == 0, played.output[-4000:]


def kill_a_release(place: Place) -> None:
    """Kill a release that has moved one lane, and have it look as if that was 25 minutes ago."""
    version = other_version(place)
    what = ("-e", f"release_version={version}", "-e", f"app_artifacts_dir={NOWHERE}")
    playing = place.start_play("release.yml", *what, *SHORT, *LONG_STEP)
    try:
        playing.wait_for(WATCHING)
    finally:
        playing.kill()
    place.run(LONG_AGO)


def roll_back(place: Place) -> None:
    """Roll back, which clears away what the release left."""
    played = place.rollback()
    assert played.code == 0, played.output[-4000:]


FAULTS = (
    Fault(
        alert="LanesInconsistent",
        what="somebody moved some of the lanes by hand",
        make=move_some_lanes,
        mend=move_lanes_back,
    ),
    Fault(
        alert="ReleaseMismatch",
        what="the live slot's worker was started with the other slot's release",
        make=OTHER_WORKER,
        mend=OWN_WORKER,
    ),
    Fault(
        alert="ReleaseFailed",
        what="a release's gate doesn't open",
        make=release_with_a_gate_that_never_opens,
        mend=release,
    ),
    Fault(
        alert="ReleaseStuck",
        what="a release's control process was killed at its first lane, 25 minutes ago by what the host tells",
        make=kill_a_release,
        mend=roll_back,
    ),
)

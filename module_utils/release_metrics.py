"""What Prometheus is told of an application's releases, in its text format.

Every app host tells the same of the ledger, so rules take the ``max`` over hosts of those series, never the ``sum``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

KINDS = ("release", "rollback", "flip_back", "split", "contract", "promotion", "join", "lock")
VERDICTS = ("succeeded", "failed", "refused", "cut_off")  # the last: its control process never came to an end
RELEASES = ("release", "promotion")
GOOD_AGAIN = (*RELEASES, "rollback", "flip_back")
LANES_MOVED = {"cutover", "gate", "bake", "finish"}  # phases of a release that come after its first lane moved
NO_WORK: dict[str, Any] = {"kind": "none", "phase": "none", "since": 0}

Samples = Iterator[tuple[dict[str, Any], float]]
Entries = list[dict[str, Any]]


def escape(value: object) -> str:
    """Return a label's value as the text format wants it."""
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def family(name: str, kind: str, description: str, samples: Samples) -> str:
    """Return all lines of one metric; none where it has no sample."""
    lines = []
    for labels, value in samples:
        told = ",".join(f'{label}="{escape(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{told}}} {value!r}\n")
    return f"# HELP {name} {description}\n# TYPE {name} {kind}\n{''.join(lines)}" if lines else ""


def seconds_to_live(entries: Entries) -> float | None:
    """Return how old the last good release's commit was when it was live; None where that isn't known."""
    for entry in reversed(entries):
        if entry["kind"] in RELEASES and entry["verdict"] == "succeeded":
            return float(entry["finished"]) - float(entry["built"]) if entry.get("built") else None
    return None


def seconds_to_recover(entries: Entries) -> float | None:
    """Return how long the last bad release was a trouble; None where there was none, or where it still is one.

    A release that failed before any lane moved was none. One that flipped back by itself was one as long as its lanes
    took to be back; one that didn't reach every host for that, until the next good release, rollback or flip-back. One
    that succeeded and was rolled back, from its end to the rollback's.
    """
    recovered: float | None = None
    bad_since: float | None = None
    live_since: float | None = None
    for entry in entries:
        ended, phases = float(entry["finished"]), entry.get("phases") or {}
        if entry["verdict"] == "succeeded" and entry["kind"] in GOOD_AGAIN:
            since = bad_since if bad_since is not None else live_since if entry["kind"] == "rollback" else None
            recovered = recovered if since is None else ended - since
            bad_since, live_since = None, ended if entry["kind"] in RELEASES else None
        elif entry["verdict"] == "failed" and "flip_back" in phases:
            recovered = float(phases["flip_back"])
        elif entry["verdict"] == "failed" and LANES_MOVED & set(phases) and entry.get("missing"):
            recovered, bad_since = None, ended
    return recovered


def _verdicts(app: str, entries: Entries) -> Samples:
    counted = Counter((entry["kind"], entry["verdict"]) for entry in entries)
    for kind in KINDS:
        for verdict in VERDICTS:
            yield {"app": app, "kind": kind, "verdict": verdict}, counted[kind, verdict]


def _moments(app: str, entries: Entries) -> Samples:
    last = {(entry["kind"], entry["verdict"]): float(entry["finished"]) for entry in entries}
    for kind in KINDS:
        for verdict in VERDICTS:
            yield {"app": app, "kind": kind, "verdict": verdict}, last.get((kind, verdict), 0)


def _phases(app: str, entries: Entries) -> Samples:
    releases = [entry for entry in entries if entry["kind"] in RELEASES and entry.get("phases")]
    for phase, took in (releases[-1]["phases"] if releases else {}).items():
        yield {"app": app, "phase": phase}, float(took)


def _probed(app: str, entries: Entries) -> Samples:
    probes = [entry["probe"] for entry in entries if entry.get("probe")]
    for result in ("sent", "failed"):
        yield {"app": app, "result": result}, sum(int(probe.get(result) or 0) for probe in probes)


def _known(app: str, value: float | None) -> Samples:
    if value is not None:
        yield {"app": app}, value


def of_ledger(app: str, entries: Entries) -> str:
    """Return what the ledger's entries, oldest first, tell."""
    return "".join(
        (
            family("slipway_releases_total", "counter", "Entries of the ledger.", _verdicts(app, entries)),
            family(
                "slipway_release_last_timestamp_seconds",
                "gauge",
                "When the last one of its kind and verdict ended; 0 for never.",
                _moments(app, entries),
            ),
            family("slipway_release_seconds", "gauge", "How long the last release took.", _phases(app, entries)),
            family(
                "slipway_release_lead_seconds",
                "gauge",
                "From the commit to live, for the last good release.",
                _known(app, seconds_to_live(entries)),
            ),
            family(
                "slipway_release_recovery_seconds",
                "gauge",
                "From the last bad release to a good state again.",
                _known(app, seconds_to_recover(entries)),
            ),
            family("slipway_probe_requests_total", "counter", "Requests of releases' probes.", _probed(app, entries)),
        )
    )


def of_host(app: str, lanes: dict[str, int], releases: dict[str, str | None], work: dict[str, Any] | None) -> str:
    """Return what this host's lanes, slots and unfinished work tell.

    Args:
        app: the application's name.
        lanes: how many lanes each slot has.
        releases: the version in each slot.
        work: what is unfinished, or None.
    """
    todo = {name: (work or NO_WORK).get(name) or NO_WORK[name] for name in NO_WORK}
    total = sum(lanes.values())
    info = (
        {"app": app, "slot": slot, "version": version, "live": str(0 < lanes[slot] == total).lower()}
        for slot, version in releases.items()
        if version
    )
    return "".join(
        (
            family(
                "slipway_lanes", "gauge", "Lanes on a slot.", (({"app": app, "slot": s}, n) for s, n in lanes.items())
            ),
            family("slipway_release_info", "gauge", "The release in a slot.", ((labels, 1) for labels in info)),
            family(
                "slipway_work_since_seconds",
                "gauge",
                "When what is unfinished was begun; 0 for nothing.",
                iter([({"app": app, "kind": todo["kind"], "phase": todo["phase"]}, float(todo["since"]))]),
            ),
        )
    )

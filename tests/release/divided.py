"""A fleet whose lanes are divided between two versions, and what must hold of it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fleet import Fleet
from tests.load.report import LoadReport
from tests.local_host import wait_for
from tests.release.prometheus import asked, series
from tests.release.quick import Quick


@dataclass(frozen=True)
class Split:
    """The fleet with a version on four lanes of 20.

    Attributes:
        quick: the fleet.
        old: the version that has the other lanes.
        new: the version that has four.
        report: what clients without a cookie saw while it was begun.
        order: the versions that each client with a cookie saw meanwhile, each once, in order.
    """

    quick: Quick
    old: str
    new: str
    report: LoadReport
    order: dict[str, list[str]]


def assert_quiet(fleet: Fleet) -> None:
    """See that no alert is on its way to fire about the split, nor would be however long it lasted."""
    wait_for(lambda: len(series(fleet, "slipway_work_since_seconds > 0")) == 2, "the split in Prometheus", limit=90)
    wait_for(lambda: len(series(fleet, 'slipway_lanes{slot="blue"} % 16 % 4 == 0')) == 2, "its lanes", limit=90)
    rules = {rule["name"]: rule for group in asked(fleet, "rules?type=alert")["groups"] for rule in group["rules"]}
    for name in ("LanesInconsistent", "ReleaseStuck", "VersionsDiffer"):
        assert rules[name]["state"] == "inactive", rules[name]
    stuck = rules["ReleaseStuck"]["query"]
    assert "> 1200" in stuck
    assert series(fleet, stuck.replace("> 1200", "> 0")) == []
    assert series(fleet, "time() - (slipway_work_since_seconds > 0) > 0"), "without what lets it be it would fire"


def assert_divided(split: Split) -> None:
    """See that each app host serves both versions, and that the worker is the old one's."""
    for host, slots in split.quick.fleet.slots().items():
        by_version = {slot["release"]: slot for slot in slots["slots"].values()}
        assert {version: slot["lanes"] for version, slot in by_version.items()} == {split.old: 16, split.new: 4}, host
        assert {version: slot["worker"] for version, slot in by_version.items()} == {
            split.old: "active",
            split.new: "inactive",
        }, host


def assert_noted(split: Split) -> None:
    """See that the next command finds the split on every app host."""
    for host in split.quick.hosts:
        work = split.quick.note(host, "work") or {}
        assert (work.get("kind"), work.get("version"), work.get("before")) == ("split", split.new, split.old), host


def assert_whole(split: Split, version: str) -> None:
    """See that one version has all lanes and the worker, and that nothing is left over."""
    assert split.quick.live() == version
    assert not split.quick.left_over()
    for slots in split.quick.fleet.slots().values():
        working = [slot["release"] for slot in slots["slots"].values() if slot["worker"] == "active"]
        assert working == [version]

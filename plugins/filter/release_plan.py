"""What a release or a rollback has to do on each app host, worked out from what was found on all of them.

A control process may have died at any step, and a host may have been away: only what the hosts say decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

OTHER = {"blue": "green", "green": "blue"}
LANES, RESUMED = 20, ("release", "split", "join")
Found = Mapping[str, Any]  # of one host: `slots` as slots_info gives it, `found` the unfinished work or None
Fleet = Mapping[str, Found]


def live_version(host: Found) -> str | None:
    """Return the version that has all lanes of a host, or None."""
    slots = host["slots"]
    return slots["slots"][slots["live"]]["release"] if slots["live"] else None


def slot_of(host: Found, version: str | None) -> str | None:
    """Return the slot that holds a version; of two the one with more lanes. None where there is none."""
    held = [name for name, slot in host["slots"]["slots"].items() if version and slot["release"] == version]
    return max(held, key=lambda name: host["slots"]["slots"][name]["lanes"], default=None)


def lanes_of(host: Found, slot: str | None) -> int:
    """Return how many lanes point at a slot."""
    return int(host["slots"]["slots"][slot]["lanes"]) if slot else 0


def unfinished(fleet: Fleet) -> dict[str, Mapping[str, Any]]:
    """Return what wasn't finished, by host."""
    return {name: host["found"] for name, host in fleet.items() if host.get("found")}


def tell(fleet: Fleet) -> str:
    """Return in a sentence what was found unfinished, or an empty text."""
    works = unfinished(fleet)
    if not works:
        return ""
    name, work = next(iter(works.items()))
    lanes = ", ".join(f"{lanes_of(fleet[host], work.get('slot'))} of {LANES} on {host}" for host in works)
    what = f"{work['kind']} {work.get('version') or ''}".strip()
    at = f"in its phase {work['phase']}" if work.get("phase") else "at its start"
    moved = f", lanes moved: {lanes}" if work.get("slot") else ""
    return f"Found an unfinished {what} by {work.get('by', 'somebody')}, cut off {at} ({name}{moved})."


def goal(fleet: Fleet) -> str | None:
    """Return the version that unfinished work ends with once it's undone, or a rollback is done; None for none."""
    works = unfinished(fleet)
    for work in works.values():
        if work["kind"] != "rollback" and work.get("before"):
            return str(work["before"])
    rollbacks = [work for work in works.values() if work["kind"] == "rollback"]
    chosen = [str(work["version"]) for work in rollbacks if work.get("version")]
    if chosen:
        return chosen[0]
    # The others had begun, these had finished: what they serve is where the rollback was going.
    finished = [version for name, host in fleet.items() if name not in works and (version := live_version(host))]
    return finished[0] if rollbacks and finished else None


def serving(fleet: Fleet) -> str:
    """Return in words what each host serves."""
    return ", ".join(f"{name}: {live_version(host) or 'none'}" for name, host in fleet.items())


def lacking(fleet: Fleet, version: str) -> str:
    """Return which hosts hold no slot with a version, with what they hold, or an empty text."""
    lack = [(name, host) for name, host in fleet.items() if slot_of(host, version) is None]
    return "; ".join(f"{name} holds no {version} ({_held(host)})" for name, host in lack)


def rollback_plan(fleet: Fleet) -> dict[str, Any]:
    """Return where a rollback goes.

    Returns:
        ``version``; ``slots`` (host to slot); ``cold`` (hosts whose slot doesn't run); ``before`` (what most hosts
        serve); ``told`` (what was found unfinished); ``refusal`` (why not, or an empty text).
    """
    plan: dict[str, Any] = {"version": "", "slots": {}, "cold": [], "before": None, "told": tell(fleet), "refusal": ""}
    plan["before"] = next(iter(_lives(fleet)), None)
    version = goal(fleet)
    if version is None:
        backs = {slot["release"] for host in fleet.values() if (slot := _back(host))}
        if len(_lives(fleet)) > 1:
            told = (
                f"the hosts serve different versions ({serving(fleet)}), so none is the one before; nothing was changed"
            )
            return plan | {"refusal": f"{told}. `make release VERSION=…` brings all of them to one"}
        if len(backs) != 1:
            held = "; ".join(f"{name} holds {_held(host)}" for name, host in fleet.items())
            told = f"there is no release before the live one to roll back to ({held})"
            return plan | {"refusal": f"{told}; release another version instead"}
        version = str(backs.pop())
    if lack := lacking(fleet, version):
        return plan | {"refusal": f"{lack}; nothing was changed. `make release VERSION={version}` brings it there"}
    plan["version"] = version
    plan["slots"] = {name: slot_of(host, version) for name, host in fleet.items()}
    plan["cold"] = [
        name for name, slot in plan["slots"].items() if fleet[name]["slots"]["slots"][slot]["web"] != "active"
    ]
    return plan


def release_plan(fleet: Fleet, version: str) -> dict[str, Any]:
    """Return what a release of a version has to do.

    Returns:
        ``told`` (what was found unfinished); ``undo`` (the version to go back to first, or an empty text);
        ``resume`` (whether lanes have moved to this version already, so that the slots stay as they are);
        ``before`` (the version that is live, or None); ``hosts``: for each ``skip`` (it has the version, others don't),
        ``new`` and ``old`` (slots; old is None where it holds no release), ``lanes`` (on the new slot now); ``refusal``
        (why it can't be, or an empty text).
    """
    works = unfinished(fleet)
    same = bool(works) and all(
        work["kind"] in RESUMED and work.get("version") == version and work.get("phase") != "flip_back"
        for work in works.values()
    )
    back = goal(fleet) or _known_good(fleet)
    # A host without work that doesn't serve the version has gone back: the release had failed there.
    together = all(name in works or live_version(host) == version for name, host in fleet.items())
    resume = same and together and any(lanes_of(fleet[name], work.get("slot")) for name, work in works.items())
    # A host that never served has nothing to go back to: what was begun on it begins anew.
    gone_back = all(
        live_version(one) == back or not sum(lanes_of(one, slot) for slot in OTHER) for one in fleet.values()
    )
    undo = back if back and not resume and not gone_back else ""
    before = back if works or undo else next(iter(_lives(fleet)), None)
    ahead = {name: name not in works and live_version(host) == version and not undo for name, host in fleet.items()}
    skipped = {name for name in fleet if ahead[name] and not all(ahead.values())}
    chosen = {
        name: host["slots"]["live"] if name in skipped else _new_slot(host, works.get(name) if resume else None, undo)
        for name, host in fleet.items()
    }
    # A blank host takes the slot that most others take, so that the gate can compare one slot of all with the other.
    usual = Counter(slot for slot in chosen.values() if slot).most_common(1)
    hosts = {}
    for name, host in fleet.items():
        new = chosen[name] or (usual[0][0] if usual else "blue")
        old = OTHER[new] if host["slots"]["slots"][OTHER[new]]["release"] else None
        lanes = lanes_of(host, new) if resume or name in skipped else 0
        hosts[name] = {"skip": name in skipped, "new": new, "old": old, "lanes": lanes}
    lack = lacking(fleet, undo) if undo else ""
    refusal = f"{lack}, to which the unfinished work has to go back first; `make status` tells more" if lack else ""
    if not works and not undo:
        refusal = _refuse_a_third(fleet, version)
    return {"told": tell(fleet), "undo": undo, "resume": resume, "before": before, "hosts": hosts, "refusal": refusal}


def _known_good(fleet: Fleet) -> str | None:
    """Return the version to go back to where lanes are divided and nobody noted why; None where they aren't."""
    for host in fleet.values():
        if host["slots"]["divided"] and not host.get("found") and (slot := _back(host)):
            return str(slot["release"])
    return None


def _refuse_a_third(fleet: Fleet, version: str) -> str:
    """Return why the gate couldn't compare one slot of all hosts with the other, or an empty text."""
    lives = sorted(_lives(fleet))
    if len(lives) <= 1 or version in lives:
        return ""
    told = f"the hosts serve different versions ({serving(fleet)}), so there is none to compare {version} with"
    ways = " or ".join(f"`make release VERSION={live}`" for live in lives)
    return f"{told}; nothing was changed. Bring all of them to one first, by {ways}"


def _new_slot(host: Found, work: Mapping[str, Any] | None, undo: str | None) -> str | None:
    """Return the slot that a release goes into; None where a host is blank."""
    if work and work.get("slot"):
        return str(work["slot"])
    kept = slot_of(host, undo) if undo else host["slots"]["live"]
    return OTHER[kept] if kept else None


def _lives(fleet: Fleet) -> list[str]:
    return [live for live, _ in Counter(filter(None, map(live_version, fleet.values()))).most_common()]


def _back(host: Found) -> Mapping[str, Any] | None:
    back = host["slots"]["back"]
    return dict(host["slots"]["slots"][back]) if back else None


def _held(host: Found) -> str:
    return ", ".join(f"{slot}: {is_in['release'] or 'empty'}" for slot, is_in in host["slots"]["slots"].items())


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, Any]:  # noqa: D102
        return {"release_plan": release_plan, "rollback_plan": rollback_plan, "slot_of": slot_of}

"""What an app host tells: its slots and lanes, the lock, what is unfinished and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from module_utils.moments import ago, span, utc
from tools.paint import Paint

LANES = 20
MOVED = ("cutover", "gate", "bake", "finish")
ADVICE = {
    "release": "`make release VERSION={version}` goes on with it; `make rollback` goes back to {before}.",
    "split": "It stays so until `make release VERSION={version}` gives it all lanes, or `make rollback` none.",
    "rollback": "`make rollback` brings it to its end.",
    "flip_back": "`make rollback` brings every lane back; `make release` does that first, too.",
    "contract": "Run the same contract step again: it goes on from where it was.",
}

Host = dict[str, Any]


def bar(slot: Mapping[str, Any], colour: str, paint: Paint) -> str:
    """Return a slot's lanes as a bar of 20."""
    lanes = int(slot["lanes"])
    return paint("█" * lanes, colour) + paint("·" * (LANES - lanes), "dim")


def show_slot(name: str, slot: Mapping[str, Any], paint: Paint) -> str:
    """Return a slot in a line: its lanes, version and services."""
    services = f"web {paint.word(slot['web'])}, worker {paint.word(slot['worker'])}"
    flight = f", {slot['in_flight']} in flight" if slot["in_flight"] else ""
    colour = "blue" if name == "blue" else "green"
    version = str(slot["release"] or "empty")
    return f"  {name:<5} {bar(slot, colour, paint)} {slot['lanes']:>2}  {version:<24} {services}{flight}"


def live(host: Host) -> str:
    """Return which version serves on a host, in words."""
    slots = host["slots"]
    if slots["live"]:
        return f"{slots['slots'][slots['live']]['release']} is live in slot {slots['live']}"
    return "lanes are divided" if slots["divided"] else "nothing was released yet"


def show_lock(lock: Mapping[str, Any], now: float) -> str:
    """Return who holds the lock, in a line."""
    silent = now - lock["beat"]
    life = f"last sign of life {ago(lock['beat'], now)}"
    if silent > lock["expires_after"]:
        life += f"; expired {span(silent - lock['expires_after'])} ago, the next command takes it"
    return (
        f"{lock.get('owner')}@{lock.get('node')} for {lock.get('purpose')}, "
        f"since {utc(lock['since'])} ({ago(lock['since'], now)}), {life}"
    )


def what_to_do(work: Mapping[str, Any]) -> str:
    """Return which command goes on with unfinished work, and which goes back."""
    if work.get("kind") == "release" and work.get("phase") not in (*MOVED, "flip_back"):
        return "No lane has moved; `make release` of this or another version begins anew."
    kind = "flip_back" if work.get("phase") == "flip_back" else str(work.get("kind"))
    text = ADVICE.get(kind, "`make rollback` goes back to the release before.")
    return text.format(version=work.get("version") or "…", before=work.get("before") or "the release before")


def show_work(work: Mapping[str, Any], lock: Mapping[str, Any] | None, now: float) -> list[str]:
    """Return what is unfinished, whether somebody is at it, and what to do about it."""
    since = f", since {utc(work['since'])} ({ago(work['since'], now)})" if work.get("since") else ""
    what = f"{work.get('kind')} {work.get('version') or ''}".strip()
    lines = [f"  unfinished: {what} by {work.get('by') or 'somebody'}, in its phase {work.get('phase') or '?'}{since}"]
    if lock and now - lock["beat"] <= lock["expires_after"]:
        seen = ago(lock["beat"], now)
        lines.append(f"    {lock.get('owner')}@{lock.get('node')} is at it, seen {seen}: wait. Should that have died:")
    return [*lines, f"    {what_to_do(work)}"]


def show_host(name: str, host: Host, paint: Paint) -> list[str]:
    """Return all that one host says of one application."""
    lines = [f"{paint(name, 'bold')}: {live(host)}"]
    lines += [show_slot(slot, host["slots"]["slots"][slot], paint) for slot in ("blue", "green")]
    if host["lock"]:
        lines.append(paint(f"  lock: {show_lock(host['lock'], host['now'])}", "yellow"))
    if host["work"]:
        first, *rest = show_work(host["work"], host["lock"], host["now"])
        lines += [paint(first, "yellow"), *rest]
    return lines + [paint(f"  {message}", "red") for message in host["unreadable"]]

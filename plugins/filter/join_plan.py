"""What app hosts that serve nothing yet need, so that they may serve with the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def join_plan(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return who is to be brought to what is live.

    Args:
        told: what app_info told, by host.

    Returns:
        ``hosts`` (who joins, sorted), ``version`` and ``sha256`` (of what is live on all others), ``source`` (one of
        these); empty where nobody joins. ``why``: why nobody does although somebody serves nothing, or an empty text.
    """
    nobody: dict[str, Any] = {"hosts": [], "version": "", "sha256": "", "source": "", "why": ""}
    lives = {name: version for name, host in told.items() if (version := _live(host["slots"]))}
    waiting = sorted(name for name in told if name not in lives)
    if not waiting or not lives:
        return nobody
    # A join that was cut off is begun anew; any other work is for those who began it to end.
    busy = [name for name, host in told.items() if host["work"] and host["work"].get("kind") != "join"]
    if len(set(lives.values())) > 1 or busy:
        nobody["why"] = (
            f"{', '.join(waiting)}: serves nothing until `make release` or `make rollback` has ended its work"
        )
        return nobody
    source, version = min(lives.items())
    staged = {str(release["version"]): str(release["sha256"]) for release in told[source]["slots"]["releases"]}
    return nobody | {"hosts": waiting, "version": version, "sha256": staged.get(version, ""), "source": source}


def _live(slots: Mapping[str, Any]) -> str | None:
    """Return the version that has all lanes of a host, or None."""
    return slots["slots"][slots["live"]]["release"] if slots["live"] else None


class FilterModule:
    """What Ansible finds here."""

    def filters(self) -> dict[str, Any]:  # noqa: D102
        return {"join_plan": join_plan}

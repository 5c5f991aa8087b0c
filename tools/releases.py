"""What was released to an environment, newest first, merged over all its app hosts.

Usage: python -m tools.releases [-i inventories/ENV] [-n N] [arguments for ansible-playbook]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from module_utils.moments import span, utc
from tools.ask import AskError, arguments_of, ask, environment_of
from tools.paint import Paint, table

ENTRIES = 20
HEAD = ["WHEN (UTC)", "KIND", "VERSION", "BY", "TOOK", "VERDICT", "PROBED", "LOST", "REASON"]

Entry = dict[str, Any]


def merge(told: Mapping[str, Sequence[Entry]]) -> list[Entry]:
    """Return the entries of all hosts, each once, newest first."""
    by_id = {entry["id"]: entry for entries in told.values() for entry in entries}
    return sorted(by_id.values(), key=lambda entry: float(entry["finished"]), reverse=True)


def lacking(told: Mapping[str, Sequence[Entry]], limit: int) -> dict[str, list[Entry]]:
    """Return for each host the entries that others have and it hasn't.

    A host that told as many as were asked for may have older ones that it wasn't asked for; only entries newer than its
    oldest count then.
    """
    entries = merge(told)
    found = {}
    for host, own in told.items():
        since = min((float(entry["finished"]) for entry in own), default=0.0) if len(own) >= limit else 0.0
        ids = {entry["id"] for entry in own}
        missed = [entry for entry in entries if entry["id"] not in ids and float(entry["finished"]) >= since]
        if missed:
            found[host] = missed
    return found


def versions(entry: Entry) -> str:
    """Return from which version to which it went."""
    return " → ".join(str(version) for version in (entry.get("before"), entry.get("version")) if version) or "-"


def verdict(entry: Entry) -> str:
    """Return the verdict; a release that nobody watched says so."""
    return f"{entry['verdict']}, no bake" if entry.get("fast") and entry["verdict"] == "succeeded" else entry["verdict"]


def reason(entry: Entry) -> str:
    """Return why, in one line, with a lock that had to go for it."""
    said = " ".join(str(entry.get("reason") or "").split())
    broke = entry.get("broke_lock")
    parts = [said] if said else []
    if entry.get("promoted_from"):
        parts.append(f"promoted from {entry['promoted_from']}")
    if broke:
        parts.append(f"took the lock of {broke.get('owner')}@{broke.get('node')} ({broke.get('why')})")
    if entry.get("missing"):
        parts.append(f"without {', '.join(entry['missing'])}")
    return "; ".join(parts)


def row(entry: Entry) -> list[str]:
    """Return an entry as a line of the table."""
    probe = entry.get("probe") or {}
    sent, failed = probe.get("sent"), probe.get("failed")
    return [
        utc(float(entry["started"])).removesuffix(" UTC"),
        str(entry["kind"]),
        versions(entry),
        f"{entry.get('by') or '?'}@{entry.get('from') or '?'}",
        span(float(entry["finished"]) - float(entry["started"])),
        verdict(entry),
        "-" if sent is None else f"{sent:,}",
        "-" if failed is None else f"{failed:,}",
        reason(entry),
    ]


def show_entries(entries: Sequence[Entry], paint: Paint) -> str:
    """Return the entries as a table."""
    return table(HEAD, [row(entry) for entry in entries], paint)


def show(
    told: Mapping[str, Sequence[Entry]], torn: Mapping[str, int], lost: Mapping[str, str], limit: int, paint: Paint
) -> str:
    """Return all that is to be said: the table, then what is wrong with the record.

    Args:
        told: each host's entries.
        torn: how many lines of a host's ledger couldn't be read.
        lost: why a host couldn't be asked.
        limit: how many entries are shown at most, and each host was asked for.
        paint: how text is shown.
    """
    lines = [show_entries(merge(told)[:limit], paint) or "Nothing was released yet."]
    for host, missed in sorted(lacking(told, limit).items()):
        names = ", ".join(
            f"{entry['kind']} {entry.get('version') or ''}".strip() + f" ({entry['id']})" for entry in missed
        )
        lines.append(paint(f"{host} lacks {len(missed)}: {names}", "yellow"))
    for host, count in sorted(torn.items()):
        if count:
            lines.append(paint(f"{host} has {count} torn {'line' if count == 1 else 'lines'} in its ledger", "yellow"))
    lines += [paint(f"{host} could not be asked, {why}", "red") for host, why in sorted(lost.items())]
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Ask, merge and show; 1 if no host could be asked."""
    inventory, entries, more = arguments_of(str(__doc__), argv, "python -m tools.releases")
    limit = entries or ENTRIES
    try:
        answers = ask("releases.yml", inventory, ["-e", f"releases_limit={limit}", *more])
    except AskError as error:
        sys.stderr.write(f"{environment_of(inventory)} could not be asked:\n{error}\n")
        return 1
    told = {host: result[0]["entries"] for host, result in answers.of("entries").items()}
    torn = {host: result[0]["torn"] for host, result in answers.of("entries").items()}
    sys.stdout.write(show(told, torn, answers.lost, limit, Paint.of(sys.stdout)) + "\n")
    return 0 if told else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

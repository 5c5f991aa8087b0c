"""The record of every release and rollback of an application: one JSON object a line, append only."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.release_lock import StateFolder, read_work, write_work
from ansible.module_utils.release_metrics import KINDS, VERDICTS, of_host, of_ledger
from ansible.module_utils.slots import SLOTS, Application, SlotError, count_lanes, read_lanes, release_in
from ansible.module_utils.state_files import FILE_MODE

TEXTFILES = "/var/lib/prometheus/node-exporter"
TEXTFILE_MODE = 0o644
BLANK: dict[str, Any] = {
    "id": None,
    "kind": None,
    "version": None,
    "before": None,
    "by": None,
    "from": None,
    "commit": None,
    "started": None,
    "finished": None,
    "phases": {},
    "verdict": None,
    "reason": "",
    "fast": False,
    "baked": False,
    "sha256": None,
    "built": None,
    "promoted_from": None,
    "probe": None,
    "hosts": [],
    "missing": [],
    "broke_lock": None,
}


def complete(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with every key that an entry has.

    Raises:
        SlotError: it says no id, or a kind, verdict or key that there isn't, or no times.
    """
    unknown = sorted(set(entry) - set(BLANK))
    if unknown:
        raise SlotError(f"an entry of the ledger has no {', '.join(unknown)}; it has {', '.join(BLANK)}")
    for name, allowed in (("kind", KINDS), ("verdict", VERDICTS)):
        if entry.get(name) not in allowed:
            raise SlotError(f"an entry's {name} was {entry.get(name)!r}; it may be {', '.join(allowed)}")
    if not entry.get("id"):
        raise SlotError("an entry of the ledger needs an id, the same on every host")
    try:
        times = {name: float(entry[name]) for name in ("started", "finished")}
    except (KeyError, TypeError, ValueError) as error:
        raise SlotError("an entry needs started and finished, in seconds since the epoch") from error
    return {**BLANK, **entry, **times}


def built_at(app: Application, version: str | None) -> float | None:
    """Return when a staged release's commit was made, as its metadata says; None where that isn't known."""
    try:
        text = (app.root / "releases" / str(version) / "metadata.json").read_text(encoding="utf-8")
        moment = dt.datetime.fromisoformat(json.loads(text)["built"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC).timestamp()


def lines_of(folder: StateFolder) -> list[bytes]:
    """Return the ledger's lines, oldest first; a line that was torn by a power cut among them."""
    try:
        return [line for line in folder.ledger.read_bytes().split(b"\n") if line.strip()]
    except FileNotFoundError:
        return []


def parse(line: bytes) -> dict[str, Any] | None:
    """Return the entry of a line, or None for a torn one. Keys that a later Slipway wrote are kept."""
    try:
        entry = {**BLANK, **json.loads(line)}
    except (ValueError, TypeError):
        return None
    return entry if entry["id"] and entry["finished"] is not None else None


def read(folder: StateFolder, limit: int | None = None) -> tuple[list[dict[str, Any]], int]:
    """Return the entries, newest first, at most ``limit``, and how many lines before those were torn."""
    entries: list[dict[str, Any]] = []
    torn = 0
    for line in reversed(lines_of(folder)):
        if limit is not None and len(entries) >= limit:
            break
        entry = parse(line)
        if entry is None:
            torn += 1
        else:
            entries.append(entry)
    return entries, torn


def append(folder: StateFolder, entry: dict[str, Any], *, check: bool = False) -> bool:
    """Append an entry, safe from a power cut; return whether it wasn't there yet.

    A last line that was torn stays and gets its line end, so that nothing is glued to it and nothing is hidden.

    Raises:
        SlotError: it isn't an entry.
    """
    whole = complete(entry)
    mark = json.dumps(whole["id"]).encode()
    with folder.guarded():
        if any(mark in line and (parse(line) or {}).get("id") == whole["id"] for line in lines_of(folder)):
            return False
        if check:
            return True
        handle = os.open(folder.ledger, os.O_RDWR | os.O_APPEND | os.O_CREAT, FILE_MODE)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            text = json.dumps(whole, sort_keys=True, allow_nan=False).encode() + b"\n"
            os.write(handle, b"\n" * torn + text)
            os.fsync(handle)
        finally:
            os.close(handle)
    return True


def record_cut_off(folder: StateFolder, work: dict[str, Any]) -> bool:
    """Write down the run that left unfinished work and can't do so itself any more; return whether it was to be done.

    A run that wrote its own entry and left work on purpose, as a split does, is there already.
    """
    by, _, node = str(work.get("by") or "").partition(" on ")
    now = time.time()
    told = {"by": by or None, "from": node or None, "started": work.get("since") or now, "finished": now}
    reason = f"cut off in its phase {work.get('phase') or 'unknown'}; the next command took it from there"
    named = {key: work.get(key) for key in ("id", "kind", "version", "before")}
    return append(folder, {**named, **told, "verdict": "cut_off", "reason": reason})


def begin_work(folder: StateFolder, work: dict[str, Any]) -> None:
    """Note what is being done; another's unfinished work, whose place it takes, goes into the ledger first."""
    found = read_work(folder)
    if found is not None and found.get("id") != work.get("id"):
        record_cut_off(folder, found)
    write_work(folder, work)


def write_textfile(
    folder: StateFolder, app: Application, textfiles: str | None = None, *, anew: bool = False
) -> str | None:
    """Tell Prometheus, through the node exporter, what the ledger says and where the lanes are.

    Called after lanes moved it takes about a millisecond: what the ledger says is kept from the last time. Never fails:
    a release must not fail because it can't be told of.

    Args:
        folder: the application's state on this host.
        app: the application.
        textfiles: the folder that the node exporter reads. Nothing is written where it doesn't exist.
        anew: whether the ledger changed, so that it must be read again.

    Returns:
        Why it couldn't be written, or None.
    """
    directory = Path(textfiles or TEXTFILES)
    kept = folder.path / "ledger.prom"
    try:
        if not directory.is_dir():
            return None
        if anew or not kept.is_file():
            folder.make()
            entries, _ = read(folder)
            replace(kept, of_ledger(app.name, entries[::-1]), FILE_MODE)
        releases = {slot: release_in(app, slot) for slot in SLOTS}
        here = of_host(app.name, count_lanes(read_lanes(app)), releases, read_work(folder))
        replace(directory / f"slipway_{app.name}.prom", kept.read_text(encoding="utf-8") + here, TEXTFILE_MODE)
    except (OSError, ValueError, SlotError) as error:
        return f"{directory}/slipway_{app.name}.prom stays as it was: {error}"
    return None


def replace(path: Path, text: str, mode: int) -> None:
    """Write a file, whole or not at all; after a power cut it may be the one before."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
    new.rename(path)

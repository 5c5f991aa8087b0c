"""Whether two releases can live with each other: the jobs that both take from one queue, the schema that both use.

What a release says of itself is in its `metadata.json`, which `make build` wrote:
`schema` is `{"needs", "ships", "contracts"}` (numbers of migrations; `contracts` is the newest contract step, or null),
`jobs` is `{"reads": [formats], "writes": format}`. A release that says nothing of its jobs reads and writes format 1.

What a contract step took away can't be undone. `contracted.json`, on every app host, says since when and by which
release: `{"release", "schema_least", "at", "finished"}`. A release can serve on that schema when it ships the step
itself: by shipping it, it says that it doesn't need what the step removes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.slots import Application, SlotError
from ansible.module_utils.state_files import read_json, write_json

CONTRACTED = "contracted.json"
DEFAULT_JOBS = {"reads": [1], "writes": 1}

Metadata = Mapping[str, Any]


def read_metadata(app: Application, version: str) -> dict[str, Any]:
    """Return what a staged release says of itself.

    Raises:
        SlotError: it isn't staged here, or its metadata can't be read.
    """
    path = app.root / "releases" / version / "metadata.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SlotError(
            f"what release {version} says of itself can't be read from {path} ({error}); release another version"
        ) from error
    return dict(found)


def refuse_incompatible_jobs(old: Metadata, new: Metadata) -> None:
    """Refuse two releases of which one queues jobs that the other can't read.

    Both work on the same queue: while the lanes move, and after a flip-back or a rollback with what the new one queued.

    Args:
        old: the metadata of the release that is live.
        new: the metadata of the one that is to be.

    Raises:
        SlotError: which one can't read what, and the safe form.
    """
    before, after = _jobs(old), _jobs(new)
    if before["writes"] not in after["reads"]:
        raise SlotError(
            f"{old['version']} queues jobs of format {before['writes']} and {new['version']} reads only "
            f"{_several(after['reads'])}: what is in the queue now would never be done. Nothing was changed. "
            f"Let the new release go on reading format {before['writes']}"
        )
    if after["writes"] not in before["reads"]:
        both = sorted({*before["reads"], after["writes"]})
        raise SlotError(
            f"{new['version']} queues jobs of format {after['writes']} and {old['version']} reads only "
            f"{_several(before['reads'])}: after a flip-back what was queued would never be done. Nothing was changed. "
            f"Ship the reading first: a release that reads formats {_several(both)} and writes {before['writes']}, and "
            f"after it the one that writes {after['writes']}"
        )


def read_contracted(folder: Path) -> dict[str, Any] | None:
    """Return what was contracted last, or None.

    Args:
        folder: the application's state, `/var/lib/slipway/<app>`.

    Raises:
        SlotError: the record is there and can't be read.
    """
    try:
        found = read_json(folder / CONTRACTED)
        return (
            None if found is None else {**found, "schema_least": int(found["schema_least"]), "at": float(found["at"])}
        )
    except (OSError, SlotError, ValueError, KeyError, TypeError) as error:
        raise SlotError(
            f"{folder / CONTRACTED} can't be read ({error!r}), so it isn't known which releases the schema still "
            "allows; nothing was changed. Copy it from another app host, or take it away and run `make contract` again"
        ) from error


def write_contracted(folder: Path, live: Metadata, *, finished: bool, at: float | None = None) -> dict[str, Any]:
    """Record that the live release contracts the schema: unfinished before its steps run, finished after.

    An older release that is refused for nothing is a nuisance; one that is let through on a schema without its columns
    is an outage. So the record comes first.

    Args:
        folder: the application's state; it must exist.
        live: the metadata of the release that runs its contract steps.
        finished: whether they have run.
        at: when, in seconds since the epoch; now unless given.

    Returns:
        The record as it was written.
    """
    record = {
        "release": live["version"],
        "schema_least": _schema(live)["contracts"],
        "at": time.time() if at is None else at,
        "finished": finished,
    }
    write_json(folder / CONTRACTED, record)
    return record


def refuse_rollback(folder: Path, back: Metadata) -> None:
    """Refuse to put a release live that the schema doesn't allow any more: in a rollback, and in a release too.

    Raises:
        SlotError: what was contracted when and by which release, and what to do.
    """
    record = read_contracted(folder)
    if record is None or _schema(back)["ships"] >= record["schema_least"]:
        return
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(record["at"]))
    what = (
        f"the schema was contracted by {record['release']} on {when}"
        if record.get("finished", True)
        else f"{record['release']} began to contract the schema on {when} and how far it got isn't known"
    )
    raise SlotError(
        f"{what}; {back['version']} needs what the steps up to {record['schema_least']} removed (it knows the schema "
        f"up to {_schema(back)['ships']}); nothing was changed. Release a mended version instead"
    )


def refuse_contract(live: Metadata, running: Sequence[Metadata]) -> int | None:
    """Refuse to contract while a release runs, or is kept warm, that needs what the live one's steps remove.

    Args:
        live: the metadata of the live release.
        running: those of all releases that run on any app host; the live one may be among them.

    Returns:
        The newest contract step of the live release, or None where it ships none and there is nothing to do.

    Raises:
        SlotError: which release still runs.
    """
    newest: int | None = _schema(live)["contracts"]
    if newest is None:
        return None
    older = sorted({str(one["version"]) for one in running if _schema(one)["ships"] < newest})
    if older:
        raise SlotError(
            f"{_several(older)} still runs and may need what contract step {newest} of {live['version']} removes; "
            "nothing was changed. Stop its slot first, which gives up the rollback to it, or wait for the next release"
        )
    return newest


def _jobs(meta: Metadata) -> dict[str, Any]:
    return {**DEFAULT_JOBS, **(meta.get("jobs") or {})}


def _schema(meta: Metadata) -> dict[str, Any]:
    return {"needs": 0, "ships": 0, "contracts": None, **(meta.get("schema") or {})}


def _several(items: Sequence[object]) -> str:
    *names, last = [str(item) for item in items] or ["none"]
    return f"{', '.join(names)} and {last}" if names else last

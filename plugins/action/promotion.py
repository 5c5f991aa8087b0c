"""Decides, on the control node, whether what is live in an environment may be promoted, and keeps its artifact here.

``state: chosen`` takes ``app``, ``environment``, ``artifacts`` (the folder of built artifacts) and ``told`` (what
app_info told, by host); it fails with the reason, or returns ``version``, ``sha256``, ``artifact`` (where it belongs
here) and whether it's ``here`` already. ``state: kept`` takes ``chosen`` (that result), ``fetched`` (the file that was
brought) and ``record`` (a file that tells the next step what was chosen).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

RELEASES = ("release", "promotion")

Host = dict[str, Any]


class RefusedError(Exception):
    """What is live there may not be promoted. The message says why and what to do."""


def live_version(name: str, host: Host) -> tuple[str, str]:
    """Return version and checksum of what has all lanes of a host.

    Raises:
        RefusedError: the host couldn't be asked, serves nothing, or isn't at rest.
    """
    if host.get("unreachable") or host.get("failed"):
        why = str(host.get("msg")).splitlines()[0]
        raise RefusedError(f"{name} can't be asked ({why}); every app host must say the same")
    state, work, lock = host["slots"], host["work"], host["lock"]
    if work:
        what = f"{work.get('kind')} {work.get('version') or ''}".strip()
        raise RefusedError(
            f"{name} has an unfinished {what}, in its phase {work.get('phase')}; finish it or go back first"
        )
    if lock and host["now"] - lock["beat"] <= lock["expires_after"]:
        raise RefusedError(
            f"{lock['owner']}@{lock['node']} is changing {name} for {lock['purpose']}; wait until that ends"
        )
    if state["divided"]:
        lanes = ", ".join(f"{slot['release']} has {slot['lanes']}" for slot in state["slots"].values())
        raise RefusedError(f"the lanes of {name} are divided ({lanes}); `make release` or `make rollback` ends that")
    if not state["live"]:
        raise RefusedError(f"{name} serves no release yet")
    version = str(state["slots"][state["live"]]["release"])
    staged = {release["version"]: str(release["sha256"]) for release in state["releases"]}
    if version not in staged:
        raise RefusedError(f"{name} serves {version}, but has lost its files; release {version} there again")
    return version, staged[version]


def agreed(hosts: dict[str, Host]) -> tuple[str, str]:
    """Return version and checksum of what every host serves.

    Raises:
        RefusedError: they don't serve the same.
    """
    live = {name: live_version(name, host) for name, host in hosts.items()}
    for part, word in ((0, "versions"), (1, "bytes under one version")):
        if len({one[part] for one in live.values()}) > 1:
            said = ", ".join(f"{name}: {one[part]}" for name, one in live.items())
            raise RefusedError(f"the hosts serve different {word} ({said}); bring them to one by a release first")
    return next(iter(live.values()))


def refuse_untried(hosts: dict[str, Host], version: str, sha256: str) -> None:
    """Raise RefusedError unless the last release of a version succeeded and finished its bake.

    One that was refused before anything changed says nothing about the version.
    """
    entries = {entry["id"]: entry for host in hosts.values() for entry in host["entries"]}
    of_it = [
        entry
        for entry in entries.values()
        if entry["version"] == version and entry["kind"] in RELEASES and entry["verdict"] != "refused"
    ]
    if not of_it:
        raise RefusedError(f"the ledger tells of no release of {version}; release it here, and let it bake")
    last = max(of_it, key=lambda entry: float(entry["finished"]))
    told = f"release {last['id']} of {version}, by {last.get('by')}@{last.get('from')},"
    if last["verdict"] != "succeeded":
        first, *more = str(last.get("reason") or "no reason was given").splitlines()
        reason = " ".join([first, *more[:1]]) if first.endswith(":") else first  # a heading, then the worst check
        raise RefusedError(f"{told} {last['verdict']}: {reason}")
    if last.get("fast"):
        raise RefusedError(
            f"{told} was made with FAST=1, so nothing watched it; release it again without, and let it bake"
        )
    if not last.get("baked"):
        raise RefusedError(f"{told} never finished its bake; release it again, and let it bake")
    if last.get("sha256") not in (None, "", sha256):
        raise RefusedError(f"{told} had the checksum {last['sha256']}, but {sha256} is on the hosts; release it again")


def decide(app: str, environment: str, hosts: dict[str, Host]) -> tuple[str, str]:
    """Return version and checksum of the release that may be promoted.

    Raises:
        RefusedError: none may.
    """
    try:
        version, sha256 = agreed(hosts)
        refuse_untried(hosts, version, sha256)
    except RefusedError as error:
        raise RefusedError(f"{app} can't be promoted from {environment}: {error}. Nothing was changed.") from error
    return version, sha256


def sha256_of(path: Path) -> str:
    """Return a file's checksum, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_here(artifact: Path, sha256: str) -> bool:
    """Whether the artifact is here already.

    Raises:
        RefusedError: other bytes are, under its name.
    """
    if not artifact.is_file():
        return False
    found = sha256_of(artifact)
    if found != sha256:
        raise RefusedError(
            f"{artifact} was built with other bytes ({found}) than those that are live ({sha256}). A release never "
            "changes: take that file away, then promote again. Nothing was changed."
        )
    return True


def keep(fetched: Path, artifact: Path, sha256: str) -> None:
    """Put a fetched artifact in its place, with its checksum beside it.

    Raises:
        RefusedError: it isn't what was to be fetched.
    """
    if fetched.is_file():
        found = sha256_of(fetched)
        if found != sha256:
            fetched.unlink()
            raise RefusedError(
                f"the artifact of {artifact.name} came with the checksum {found}, not {sha256}: the host's copy is "
                "damaged. Nothing was changed."
            )
        fetched.rename(artifact)
    artifact.with_name(f"{artifact.name}.sha256").write_text(f"{sha256}  {artifact.name}\n", encoding="utf-8")


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no types
    """Runs on the control node and asks nothing of the host."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what the task asks; return its result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        wish = self._task.args
        try:
            done = self.choose(wish) if wish["state"] == "chosen" else self.keep(wish)
        except (RefusedError, OSError) as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False, **done}

    def choose(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Decide what may be promoted."""
        app, environment = str(wish["app"]), str(wish["environment"])
        version, sha256 = decide(app, environment, wish["told"])
        artifact = Path(wish["artifacts"]) / f"{app}-{version}.tar.gz"
        artifact.parent.mkdir(parents=True, exist_ok=True)
        chosen = {"app": app, "from": environment, "version": version, "sha256": sha256, "artifact": str(artifact)}
        return {**chosen, "here": is_here(artifact, sha256)}

    def keep(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Keep the artifact, and say for the next step what was chosen."""
        chosen = wish["chosen"]
        keep(Path(wish["fetched"]), Path(chosen["artifact"]), chosen["sha256"])
        told = {name: chosen[name] for name in ("app", "from", "version", "sha256", "artifact")}
        if wish.get("record"):
            Path(wish["record"]).write_text(json.dumps(told) + "\n", encoding="utf-8")
        return {"changed": True, "msg": f"{chosen['app']} {chosen['version']} is in {chosen['artifact']}"}

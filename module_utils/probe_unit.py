"""The probe of one application on a monitoring host: its unit, its files, and whether it can be believed."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.last_words import last_log_lines
from ansible.module_utils.slots import systemctl

POLL = 0.02  # seconds
SILENCE = 5.0  # seconds; the state is written twice a second
START_LIMIT = 10.0  # seconds for the program to come up on a busy host


class ProbeError(Exception):
    """The probe can't be believed. The message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class ProbeUnit:
    """One application's probe on this host."""

    app: str
    runtime: Path

    @property
    def unit(self) -> str:
        """Its systemd unit."""
        return f"slipway-probe@{self.app}.service"

    @property
    def folder(self) -> Path:
        """Where it tells how it goes. The folder is its own, so no link in it is followed."""
        return self.runtime / self.app

    @property
    def failed(self) -> Path:
        """The file that appears with the first failure."""
        return self.folder / "failed"

    def state(self) -> dict[str, Any] | None:
        """Return what it wrote last, None when nothing."""
        try:
            with os.fdopen(os.open(self.folder / "state.json", os.O_RDONLY | os.O_NOFOLLOW), encoding="utf-8") as file:
                return dict(json.load(file))
        except FileNotFoundError:
            return None

    def active(self) -> bool:
        """Whether its unit runs."""
        return systemctl("is-active", self.unit).stdout.strip() in {"active", "activating", "deactivating"}

    def start(self, wish: dict[str, Any]) -> None:
        """Start it anew. Raises ProbeError."""
        self.stop()
        for stale in (self.folder / "state.json", self.failed):
            stale.unlink(missing_ok=True)
        self.runtime.mkdir(mode=0o755, exist_ok=True)
        secret = self.runtime / f"{self.app}.wish"
        secret.unlink(missing_ok=True)
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(wish, file)
        try:
            self.systemctl("start")
        finally:
            secret.unlink()

    def stop(self) -> None:
        """Stop it; requests in flight end first. Raises ProbeError."""
        if self.active():
            self.systemctl("stop")
        else:
            # One that died was told of when it was read; no alert need tell it again.
            systemctl("reset-failed", self.unit)

    def systemctl(self, verb: str) -> None:
        """Run systemctl. Raises ProbeError."""
        since = time.time()
        done = systemctl(verb, self.unit)
        if done.returncode:
            said = [done.stderr.strip(), *last_log_lines(self.unit, since)]
            raise ProbeError(
                "\n".join([f"`systemctl {verb} {self.unit}` failed; is the role probe applied here?", *said])
            )

    def wait_for_first_answers(self, patience: float) -> None:
        """Return when the first requests are answered right; stop the probe and raise ProbeError when one isn't."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            state = self.state() or {}
            if state.get("error"):
                raise ProbeError(f"the probe can't run: {state['error']}")
            if state.get("failed"):
                self.stop()
                first = (self.state() or state)["failures"][0]["text"]
                raise ProbeError(f"requests through the edge fail already before the release:\n{first}")
            if state.get("begun"):
                return
            time.sleep(POLL)
        self.stop()
        raise ProbeError(f"the probe's first requests had no answer within {patience:g} s")

    def refuse_unproved(self, state: dict[str, Any], *, active: bool) -> None:
        """Raise ProbeError when the probe ended without being told to, or hangs: nobody knows what it missed."""
        if state.get("error"):
            raise ProbeError(f"the probe broke down: {state['error']}; what came after isn't proved")
        if state["ended_by"] == "limit":
            raise ProbeError(
                f"the probe ended at its limit, {state['ended'] - state['began']:.0f} s after its start; what came "
                "after isn't proved. Give it a `limit` that is longer than the release"
            )
        if state["running"] and not active:
            why = " ".join([*_text(self.failed), *last_log_lines(self.unit, state["began"], 3)])
            raise ProbeError(
                f"the probe died {time.time() - state['updated']:.0f} s ago; what came after isn't proved. {why}"
            )
        if state["running"] and time.time() - state["updated"] > SILENCE:
            raise ProbeError(f"the probe has been silent for {time.time() - state['updated']:.0f} s; it hangs")


def _text(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def summary(state: dict[str, Any]) -> str:
    """Return the counts in one line, and the first failure in another."""
    versions = ", ".join(f"{name or 'no version'} {count}" for name, count in state["versions"].items()) or "none"
    slowest = f"{state['slowest_ms']:.0f} ms" if state["slowest_ms"] is not None else "none answered"
    counts = f"{state['sent']} sent, {state['failed']} failed, slowest {slowest}, answered by: {versions}"
    return "\n".join([f"The probe: {counts}.", *(failure["text"] for failure in state["failures"][:1])])

"""Tells a webhook of a release, from the control node: it never fails a release, nor holds it up for long.

Options: ``url`` (the webhook, a secret), ``event`` (start, finish or failure), ``app``, ``environment``, ``entry``
(what the ledger keeps of it), ``outcome`` (for a failure, what the person at the terminal is told).
"""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

PATIENCE = 5.0  # seconds, for looking the name up, connecting, and the answer, all together
LONGEST = 3000  # characters; Slack cuts a section there
OUTCOME_LINES = 8


def escape(text: str) -> str:
    """Return text in which Slack sees no markup of its own (https://api.slack.com/reference/surfaces/formatting)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def probed(entry: dict[str, Any]) -> str:
    """Return what the probe saw, as the end of a sentence."""
    probe = entry.get("probe") or {}
    return f", {probe['sent']:,} requests probed, {probe.get('failed') or 0:,} lost" if probe.get("sent") else ""


def message(event: str, app: str, environment: str, entry: dict[str, Any], outcome: str = "") -> str:
    """Return what is told.

    Args:
        event: start, finish or failure.
        app: the application's name.
        environment: the environment's name.
        entry: what the ledger keeps of it.
        outcome: for a failure, what went wrong and what serves now.
    """
    kind = str(entry.get("kind") or "release").replace("_", " ").capitalize()
    version, before = entry.get("version"), entry.get("before")
    what = f"{kind} of {app}{f' {version}' if version else ''} in {environment}"
    who = f"by {entry.get('by') or 'somebody'}@{entry.get('from') or 'somewhere'}"
    took = f"{float(entry.get('finished') or 0) - float(entry.get('started') or 0):.0f} s"
    if event == "start":
        text = f"{what} begins, {who}{f'; {before} is live' if before else ''}."
    elif event == "finish":
        unwatched = " It was not baked (FAST)." if entry.get("fast") else ""
        came = f" It was {before} before." if before else ""
        text = f"{what} succeeded in {took}, {who}{probed(entry)}.{came}{unwatched}"
    else:
        why = "\n".join((outcome or str(entry.get("reason") or "")).strip().splitlines()[:OUTCOME_LINES])
        text = f"*{what} FAILED* after {took}, {who}{probed(entry)}.\n{why}"
    return escape(text.strip())[:LONGEST]


def post(url: str, text: str) -> str:
    """Post a text to a webhook; return what is wrong, or an empty text. No part of the address is told."""
    if not url.startswith(("https://", "http://")):
        return "its address must begin with https:// or http://"
    body = json.dumps({"text": text}).encode()
    try:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - checked above
        urllib.request.urlopen(request, timeout=PATIENCE).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}"
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return type(error).__name__  # its text may quote the address
    return ""


def post_in_time(url: str, text: str, patience: float = PATIENCE) -> str:
    """Post, but wait no longer than this many seconds, also for a name that isn't found; return what is wrong."""
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(post(url, text)), daemon=True)
    thread.start()
    thread.join(patience)
    return said[0] if said else f"no answer within {patience:.0f} s"


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no types
    """Runs on the control node and asks nothing of the host."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Tell; what went wrong with that is a warning."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        wish = dict(self._task.args)
        url = str(wish.pop("url", ""))
        if not url or self._task.check_mode:
            return {**result, "changed": False, "skipped": True}
        why = post_in_time(url, message(**wish))
        if why:
            Display().warning(
                f"the notice of this {wish['event']} did not reach its webhook: {why}; the release goes on"
            )
        return {**result, "changed": False, "sent": not why}

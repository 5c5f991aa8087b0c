"""The two files in which the probe tells how it goes. Each is replaced as a whole: nobody ever reads half of one."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from .tally import Tally

PAUSE = 0.5  # seconds between two states
READABLE = 0o644


class Report:
    """Writes `state.json`, and `failed` with a line or two as soon as a request failed."""

    def __init__(self, folder: Path) -> None:
        """The folder is there."""
        self._folder = folder

    async def keep_telling(self, tally: Tally) -> None:
        """Write the state every half second, and at once when there is news, until cancelled."""
        news = asyncio.Event()
        tally.on_news = news.set
        while True:
            self.tell(tally, None)
            news.clear()
            try:
                await asyncio.wait_for(news.wait(), PAUSE)
            except TimeoutError:
                continue

    def tell(self, tally: Tally, ended_by: str | None) -> None:
        """Write the state; `ended_by` is "stopped" or "limit" once the last answer is in."""
        self._write("state.json", json.dumps({**tally.state(), **_end(ended_by), "error": None}))
        failed = self._folder / "failed"
        if tally.failures and not failed.exists():
            self._write(
                failed.name, f"the probe lost a request through the edge, the first of them:\n{tally.failures[0]}\n"
            )

    def tell_error(self, why: str) -> None:
        """Write why the probe can't go on."""
        self._write("state.json", json.dumps({**_end("error"), "error": why}))
        self._write("failed", f"the probe broke down: {why}\n")

    def _write(self, name: str, text: str) -> None:
        beside = self._folder / f".{name}.new"
        beside.write_text(text, encoding="utf-8")
        beside.chmod(READABLE)
        beside.replace(self._folder / name)


def _end(ended_by: str | None) -> dict[str, Any]:
    return {"running": ended_by is None, "ended_by": ended_by, "ended": time.time() if ended_by else None}

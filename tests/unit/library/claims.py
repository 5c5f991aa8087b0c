"""Claims on the lock of a test's application, and the module that makes them."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

from library import release_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.library.conftest import Outcome

HERE = {"owner": "ann", "node": "laptop", "process": "boot-1:4711:99", "alive": ["1:5", "4711:99"]}
THERE = {"owner": "bob", "node": "desk", "process": "boot-2:12:34", "alive": ["12:34"]}


@dataclasses.dataclass(frozen=True)
class Claims:
    """Runs the module release_lock for an application whose state is in a folder of the test's own."""

    run_module: Callable[..., Outcome]
    folder: Path
    places: dict[str, str]

    def __call__(self, state: str, holder: str = "ours", *, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        """Bring the lock into a state, with a holder's token."""
        wish = {"app": "mailroom", "state": state, "token": holder, "purpose": "release 1.4.0", "control": HERE}
        arguments = {**wish, "folder": str(self.folder), **self.places, **more}
        return self.run_module(release_lock.main, arguments, check=check)

    def lock(self) -> dict[str, Any]:
        """What the lock's file holds; empty where there is none."""
        file = self.folder / "lock.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def work(self) -> dict[str, Any]:
        """What the journal holds; empty where there is none."""
        file = self.folder / "work.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def change_lock(self, **parts: Any) -> None:  # noqa: ANN401
        """Let the lock's file say something else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "lock.json").write_text(json.dumps({**self.lock(), **parts}), encoding="utf-8")

    def age(self, seconds: float) -> None:
        """Let the last sign of life be so long ago."""
        self.change_lock(since=time.time() - seconds, beat=time.time() - seconds)

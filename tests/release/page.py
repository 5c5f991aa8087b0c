"""A page of the manual, done as it says: its files laid down and its commands run, in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.contract.tree import ROOT, tracked

LIMIT = 900  # seconds that a command may take
OF_MAKE = (
    "MAKEFLAGS",
    "MFLAGS",
    "MAKEOVERRIDES",
    "MAKELEVEL",
)  # what `make test` was told is not for the page's `make`
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (?P<path>\S+/\S+)\n")


@dataclass(frozen=True)
class Page:
    """A page, and the copy of the checkout in which it is tried.

    Attributes:
        path: the page, relative to the checkout.
        copy: the folder of the copy.
        state: the state of the environment's lab.
    """

    path: str
    copy: Path
    state: Path

    def blocks(self, language: str) -> list[str]:
        """Return what stands in the page's blocks of a language, in their order."""
        text = (ROOT / self.path).read_text(encoding="utf-8")
        return [block["text"] for block in BLOCK.finditer(text) if block["language"] == language]

    def copy_checkout(self) -> None:
        """Copy what git knows or would take; the control node's own environment is used as it is."""
        for path in tracked():
            (self.copy / path.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, self.copy / path)
        (self.copy / ".venv").symlink_to(ROOT / ".venv")

    def lay_down_files(self) -> list[Path]:
        """Write each block that begins with a comment that names a file; return the files, relative to the copy."""
        laid = []
        for text in self.blocks("yaml"):
            if named := NAMED.match(text):
                path = self.copy / named["path"]
                assert not path.exists(), f"the page would write over {named['path']}"
                path.write_text(text, encoding="utf-8")
                laid.append(Path(named["path"]))
        return laid

    def run(self, number: int) -> str:
        """Run the commands of one of the page's blocks, from 0; return all that they printed."""
        told = {key: value for key, value in os.environ.items() if key not in OF_MAKE}
        environment = told | {"SLIPWAY_STATE": str(self.state), "ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "400"}
        done = subprocess.run(
            ["bash", "-e", "-c", self.blocks("sh")[number]],
            cwd=self.copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-8000:]
        return done.stdout

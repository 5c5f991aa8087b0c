"""Ask a role's preflight about many cases in one run of Ansible; cases/ROLE.yml gives a case's values to variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.environment import ROOT

HERE = Path(__file__).parent


def ask(role: str, cases: Mapping[str, Any], folder: Path, **more: object) -> dict[str, str]:
    """Return what a role said of each case: "taken", or why it refused.

    Args:
        role: the role's name.
        cases: the cases by label.
        folder: an empty folder for the questions and answers.
        more: variables that all cases share.
    """
    answers = folder / "answers.json"
    wishes = folder / "cases.json"
    wishes.write_text(json.dumps({"role": role, "cases": cases, "answers": str(answers), **more}), encoding="utf-8")
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "ansible-playbook"),
            *("-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", "-e", f"@{wishes}"),
            str(HERE / "ask.yml"),
        ],
        cwd=ROOT,
        env=os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return dict(json.loads(answers.read_text(encoding="utf-8")))

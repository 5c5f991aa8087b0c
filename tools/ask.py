"""Ask the hosts of an environment by a playbook, and keep what each answered apart from who couldn't."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CALLBACK = "ansible.posix.json"


class AskError(Exception):
    """The playbook couldn't be run at all. The message is what Ansible said."""


@dataclass
class Answers:
    """What came back."""

    tasks: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    """For each task, the results by host; hosts for which it was skipped aren't there."""
    lost: dict[str, str] = field(default_factory=dict)
    """Why a host couldn't be asked, by host."""

    def of(self, key: str) -> dict[str, list[dict[str, Any]]]:
        """Return by host the results that have a key, of whichever task; a loop's one by one."""
        found: dict[str, list[dict[str, Any]]] = {}
        for results in self.tasks:
            for host, result in results.items():
                for one in result.get("results", [result]):
                    if key in one:
                        found.setdefault(host, []).append(one)
        return found


def parse(text: str) -> Answers:
    """Return the answers in what the JSON callback printed.

    Raises:
        AskError: it printed no such thing.
    """
    try:
        plays = json.loads(text[text.index("{") :])["plays"]
    except (ValueError, KeyError) as error:
        raise AskError(text.strip() or "ansible-playbook printed nothing") from error
    answers = Answers()
    for task in (task for play in plays for task in play["tasks"]):
        kept: dict[str, dict[str, Any]] = {}
        for host, result in task["hosts"].items():
            if result.get("unreachable"):
                answers.lost[host] = f"unreachable: {first_line(why(result))}"
            elif result.get("failed"):
                answers.lost[host] = f"{task['task']['name']} failed: {first_line(why(result))}"
            elif not result.get("skipped"):
                kept[host] = result
        answers.tasks.append(kept)
    return answers


def why(result: dict[str, Any]) -> object:
    """Return why a task failed; a loop's reason is in the one of its turns that did."""
    turns = [one.get("msg") for one in result.get("results", []) if one.get("failed") or one.get("unreachable")]
    return turns[0] if turns else result.get("msg")


def first_line(text: object) -> str:
    """Return the first line of a message, and that it has one."""
    lines = str(text or "").strip().splitlines()
    return lines[0] if lines else "no reason was given"


def ask(playbook: str, inventory: str, arguments: Iterable[str] = ()) -> Answers:
    """Run a playbook of playbooks/ that changes nothing; return what the hosts answered.

    Args:
        playbook: its name.
        inventory: the environment's inventory, a folder or a file.
        arguments: passed on to ansible-playbook.

    Raises:
        AskError: it couldn't be run at all.
    """
    quiet = {"ANSIBLE_STDOUT_CALLBACK": CALLBACK, "ANSIBLE_CALLBACKS_ENABLED": CALLBACK, "ANSIBLE_FORCE_COLOR": "0"}
    # A person waits for it: a host that doesn't answer is named soon, not after three long tries.
    quiet |= {"ANSIBLE_TIMEOUT": "5", "ANSIBLE_SSH_RETRIES": "0"}
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", inventory, f"playbooks/{playbook}"]
    config = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    environment = {**os.environ, **config, **quiet}
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    try:
        return parse(done.stdout)
    except AskError as error:
        raise AskError((done.stderr.strip() + "\n" + str(error)).strip()) from error


def environment_of(inventory: str) -> str:
    """Return the environment's name: that of its folder."""
    return Path(inventory).resolve().name


def parser_of(description: str, prog: str) -> argparse.ArgumentParser:
    """Return a parser of what the commands that ask share; what it doesn't know is for ansible-playbook."""
    parser = argparse.ArgumentParser(prog=prog, description=description, allow_abbrev=False)
    parser.add_argument("-i", "--inventory", default="inventories/local", metavar="PATH")
    parser.add_argument("-n", "--entries", type=int, metavar="N", help="how many entries of the ledger")
    return parser


def arguments_of(description: str, argv: Sequence[str], prog: str) -> tuple[str, int | None, list[str]]:
    """Return inventory, number of entries and what is passed on to ansible-playbook, from a command line."""
    known, more = parser_of(description, prog).parse_known_args(argv)
    return known.inventory, known.entries, more

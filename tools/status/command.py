"""The command: what is live in an environment, what is unfinished, what is wrong, how much may still go wrong."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from module_utils.moments import utc
from tools.ask import AskError, ask, environment_of, first_line, parser_of
from tools.paint import Paint
from tools.status.picture import show
from tools.status.screen import Screen, watch

ENTRIES = 5
EVERY = 10  # seconds
SHORTEST, LONGEST = 2, 3600  # seconds


@dataclass
class Look:
    """How to look at an environment: asks its hosts and returns the picture.

    Attributes:
        inventory: the environment's inventory.
        limit: how many entries of the ledger.
        more: arguments for ansible-playbook.
    """

    inventory: str
    limit: int
    more: list[str]
    _last: str = ""

    def once(self) -> tuple[str, bool]:
        """Return the picture, and whether any app host answered.

        Raises:
            AskError: nobody could be asked at all.
        """
        answers = ask("status.yml", self.inventory, ["-e", f"status_limit={self.limit}", *self.more])
        # The terminal may have become wider or narrower.
        paint = Paint.of(sys.stdout)
        picture = show(environment_of(self.inventory), answers, self.limit, paint, time.time())
        return picture, bool(answers.of("slots"))

    def again(self) -> str:
        """Return the picture, or the one before under the reason why there is no new one."""
        try:
            self._last, _ = self.once()
        except AskError as error:
            said = f"{environment_of(self.inventory)} could not be asked, {utc(time.time())}: {first_line(error)}"
            return "\n".join([Paint.of(sys.stdout)(said, "red"), self._last])
        return self._last


def seconds(text: str) -> int:
    """Return how often to look.

    Raises:
        argparse.ArgumentTypeError: it isn't within the limits.
    """
    if text.isdecimal() and SHORTEST <= int(text) <= LONGEST:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not {SHORTEST} to {LONGEST} seconds")


def main(argv: Sequence[str]) -> int:
    """Ask and show; 1 if no app host could be asked."""
    parser = parser_of(str(__doc__), "python -m tools.status")
    parser.add_argument("-w", "--watch", action="store_true", help="keep it fresh until Ctrl-C")
    parser.add_argument("--every", type=seconds, default=EVERY, metavar="SECONDS", help="how often, with --watch")
    known, more = parser.parse_known_args(argv)
    # As for every other command `app_name` chooses one application; without it all are shown.
    more += [word for named in more if named.startswith("app_name=") for word in ("-e", f"status_app={named[9:]}")]
    look = Look(known.inventory, known.entries or ENTRIES, more)
    if known.watch:
        with Screen(sys.stdout) as screen:
            watch(look.again, screen, known.every)
        return 0
    try:
        picture, answered = look.once()
    except AskError as error:
        sys.stderr.write(f"{environment_of(known.inventory)} could not be asked:\n{error}\n")
        return 1
    sys.stdout.write(picture + "\n")
    return 0 if answered else 1

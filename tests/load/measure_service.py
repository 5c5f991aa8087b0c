"""How fast the service is on a lab host of its own: `python -m tests.load.measure_service --help`."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.lab import control
from tests.load.errors import LoadError
from tests.load.service import profiling, table
from tests.load.service.crowd import Found
from tests.load.service.site import Site, prepared
from tests.local_host import LocalHost
from tools.phases import Phases

REFUSED, INTERRUPTED = 2, 130
CROWDS = (50, 100, 200)
SCENARIOS = ("Reader", "Sender")
LONGEST, MOST_ROUNDS = 600, 20  # seconds of a run, turns
MESSAGES = 20_000


def main(arguments: Sequence[str]) -> int:
    """Measure and print; return 0 when that could be done, however fast it was, and 2 when it couldn't."""
    options = _parser().parse_args(arguments)
    for name, said, most in (("seconds", options.seconds, LONGEST), ("rounds", options.rounds, MOST_ROUNDS)):
        if not 1 <= said <= most:
            print(f"measure_service: --{name} is {said}; it must be 1 to {most}", file=sys.stderr)
            return REFUSED
    if not options.inside:
        _enter(arguments)
    try:
        lab = control.this(os.environ["SLIPWAY_LAB"])
        host = LocalHost(lab.name, lab.state, Phases(lab.state / "logs"))
        measure(prepared(host, lab.state / "load", MESSAGES), options.seconds, options.rounds)
    except LoadError as error:
        print(f"measure_service: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def measure(site: Site, seconds: int, rounds: int) -> None:
    """Print the table of scenarios, the comparison with the bare handler, and where the time goes."""
    site.crowd.run("Reader", CROWDS[0], 5)  # so that no pool is empty and nothing unread
    found = []
    for scenario in SCENARIOS:
        for users in CROWDS:
            _say(f"{scenario}, {users} users")
            found.append(site.crowd.run(scenario, users, seconds))
    _print(table.of_scenarios(found))
    print(f"\nMemory of the web service after that: {site.memory_bytes() / 2**20:.0f} MiB\n", flush=True)
    turns: dict[str, list[tuple[Found, float]]] = {"Looker": [], "Bare": []}
    for number in range(rounds):
        # Each is first as often as the other.
        for scenario in sorted(turns, reverse=bool(number % 2)):
            _say(f"round {number + 1} of {rounds}: {scenario}")
            before = site.cpu_seconds()
            one = site.crowd.run(scenario, CROWDS[0], seconds)
            turns[scenario].append((one, site.cpu_seconds() - before))
    _print(table.of_rounds(turns["Looker"], turns["Bare"]))
    print()
    _print(table.of_packages(_profiled(site, seconds)))


def _profiled(site: Site, seconds: int) -> Counter[str]:
    samples: list[Counter[str]] = []
    process = site.processes()[1].pid
    _say("py-spy")
    beside = threading.Thread(target=lambda: samples.append(profiling.profile(process, max(seconds - 4, 1))))
    beside.start()
    site.crowd.run("Reader", CROWDS[0], seconds)
    beside.join()
    if not samples:
        raise LoadError("py-spy saw nothing.")
    return samples[0]


def _enter(arguments: Sequence[str]) -> None:
    """Become the lab's program: it makes a lab, runs this script in it and removes the lab, whatever happens."""
    lab = ["tests.lab", "run", "--name", f"load-{os.getpid()}", "--inventory", "inventories/local", "--"]
    again = [sys.executable, "-m", "tests.load.measure_service", "--inside", *arguments]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *lab, *again])  # noqa: S606 - no shell is meant


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load.measure_service", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="how long each run is (20)")
    parser.add_argument("--rounds", type=int, default=5, help="how often Mailroom and the bare handler take turns (5)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def _say(text: str) -> None:
    print(f"measure_service: {text}", file=sys.stderr, flush=True)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

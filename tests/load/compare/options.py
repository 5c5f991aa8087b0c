"""What is to be compared, how often and how long: read from the command line, bounded."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.naming import CHECKOUT
from tests.load.compare.methods import METHODS, Method

PAGE = CHECKOUT / "docs/performance.md"
MOST_ROUNDS = 100
REST, SLOW_IMPORT = 4.0, 2.0  # seconds
PAUSE, SLOW_PAUSE = 0.6, 2.0  # seconds
LONGEST, SLOW_LONGEST = 1.5, 5.5  # seconds for a release and its pause, on average
SLOW_SHARE = 5  # releases of the quick service for one of the slow
QUICK_REST, QUICK_IMPORT, QUICK_SLOW = 0.5, 0.5, {"lanes", "hup"}
RATES = (20.0, 500.0)  # requests a second: fewer would show no gap, more than two cores can't carry


@dataclass(frozen=True)
class Variant:
    """A kind of service, and the ways to release it that are tried.

    pause: seconds between two releases, in which requests that had to wait are worked off: no release is measured with
    the queue of the one before. longest: seconds after which no further release of a way begins, so that a busy machine
    makes fewer releases and not a longer comparison.
    """

    title: str
    import_seconds: float
    rounds: int
    pause: float
    longest: float
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class Plan:
    """All of a comparison. rest: seconds of load before the first release of each row."""

    rate: float
    rest: float
    variants: tuple[Variant, ...]
    page: Path | None
    command: str


def parse(arguments: Sequence[str]) -> tuple[Plan, bool]:
    """Return what to do, and whether this process is inside the lab already. Exits 2 for what makes no sense."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not 1 <= options.rounds <= MOST_ROUNDS:
        parser.error(f"--rounds is {options.rounds}; it must be 1 to {MOST_ROUNDS}")
    if not RATES[0] <= options.rate <= RATES[1]:
        parser.error(f"--rate is {options.rate:g}; it must be {RATES[0]:g} to {RATES[1]:g} requests a second")
    said = [word for word in arguments if word != "--inside"]
    command = " ".join(["python -m tests.load.compare_releases", *said])
    chosen = tuple(method for method in METHODS if not options.ways or method.key in options.ways)
    rest = QUICK_REST if options.quick else REST
    return Plan(options.rate, rest, _variants(options, chosen), options.markdown, command), options.inside


def _variants(options: argparse.Namespace, chosen: tuple[Method, ...]) -> tuple[Variant, ...]:
    """Return both kinds of service; the one that starts slowly is released less often, or it would take an hour."""
    rounds, imports, pause, slow = options.rounds, SLOW_IMPORT, SLOW_PAUSE, chosen
    if options.quick:
        rounds, imports, pause = 1, QUICK_IMPORT, PAUSE
        slow = tuple(method for method in chosen if method.key in QUICK_SLOW)
    few, title = -(-rounds // SLOW_SHARE), f"A service that takes {imports:g} s to import"
    variants = (
        Variant("A service that starts at once", 0, rounds, PAUSE, rounds * LONGEST, chosen),
        Variant(title, imports, few, pause, few * SLOW_LONGEST, slow),
    )
    return tuple(variant for variant in variants if variant.methods)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.compare_releases",
        description="Release one small service in several ways under the same load, and say what each way lost.",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=20,
        metavar="N",
        help="releases of each way (default: %(default)s); a fifth of them with the service that starts slowly",
    )
    parser.add_argument("--rate", type=float, default=200, metavar="R", help="requests a second (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one release of each way, to see that it works")
    parser.add_argument(
        "--ways", nargs="+", choices=[method.key for method in METHODS], metavar="WAY", help="only: %(choices)s"
    )
    parser.add_argument(
        "--markdown", type=Path, nargs="?", const=PAGE, metavar="FILE", help="also write it into docs/performance.md"
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser

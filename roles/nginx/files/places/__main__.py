"""Spread the places of this edge host over the app hosts that are ready.

    slipway-places             watch them, and move places, until it is told to stop
    slipway-places --restore   have the kernel lead as it was kept last, and end; before nginx starts
    slipway-places --show      print how it is, as JSON; changes nothing
    slipway-places --left ADDRESS --within 60      wait until no place leads to an app host
    slipway-places --back ADDRESS --within 60      wait until it is ready, and places lead to it

A place is an address that nginx sends requests to and no host has. Exit code 1: it can't, and says why.
"""

from __future__ import annotations

import argparse
import functools
import ipaddress
import json
import signal
import sys
import time
from pathlib import Path

from . import state, table, waiting
from .service import Service
from .wish import WISH, Wish


def show(wish: Wish, now: float) -> str:
    """Return how it is, as JSON: of each site its hosts, and how old the last look is (seconds).

    Raises:
        OSError: nothing was kept yet.
    """
    kept = json.loads((wish.folder / state.KEPT).read_text(encoding="utf-8"))
    age = now - (wish.folder / state.METRICS).stat().st_mtime
    return json.dumps({"age": round(age, 1), "sites": kept}, indent=2)


def begin(path: Path) -> Service:
    """Return the service, as it begins on a host."""
    return Service(path, Wish.read(path), table.put, table.is_there, functools.partial(print, flush=True))


def wait(wish: Wish, told: argparse.Namespace) -> int:
    """Wait as the arguments say; return the exit code."""
    asks = waiting.in_the_way_of_leaving if told.left else waiting.in_the_way_of_being_back
    left = waiting.wait(wish.folder, lambda sites: asks(sites, str(told.left or told.back)), told.within)
    if left:
        print(f"slipway-places: {left}", file=sys.stderr)
    return int(bool(left))


def serve(service: Service) -> None:
    """Run until SIGTERM; the places stay as they are then."""
    service.watch()
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    while not told:
        service.step()
    service.close()


def main(arguments: list[str]) -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="slipway-places", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--wish", type=Path, default=WISH, help="what is wanted (default: %(default)s)")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--restore", action="store_true")
    one.add_argument("--show", action="store_true")
    one.add_argument("--left", metavar="ADDRESS", type=ipaddress.IPv4Address)
    one.add_argument("--back", metavar="ADDRESS", type=ipaddress.IPv4Address)
    parser.add_argument("--within", type=float, default=60, metavar="SECONDS")
    told = parser.parse_args(arguments)
    try:
        if told.show:
            print(show(Wish.read(told.wish), time.time()))
        elif told.left or told.back:
            return wait(Wish.read(told.wish), told)
        elif told.restore:
            begin(told.wish).restore()
        else:
            serve(begin(told.wish))
    except (OSError, ValueError, table.TableError) as error:
        print(f"slipway-places: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

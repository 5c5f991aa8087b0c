"""The load from the command line, for a person who wants to see."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tests.load.config import LoadConfig
from tests.load.errors import LoadError
from tests.load.open_loop import OpenLoop
from tests.load.report import LoadReport
from tests.load.requests import Request
from tests.load.table import table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a load and print its report; return 0 if it was clean, 1 if not, 2 if it could not be run."""
    options = _parser().parse_args(arguments)
    # A shell without job control starts what it puts in the background with the interrupt ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with OpenLoop(_config(options)) as load:
            report = _until_end_or_interrupt(load)
    except LoadError as error:
        print(f"load: {error}", file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGINT, before)
    print(report.to_json() if options.json else table(report))
    return 0 if report.clean else 1


def _until_end_or_interrupt(load: OpenLoop) -> LoadReport:
    try:
        return load.wait()
    except KeyboardInterrupt:
        return load.report()


def _config(options: argparse.Namespace) -> LoadConfig:
    parts = urlsplit(options.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return LoadConfig(
        url=f"{parts.scheme}://{parts.netloc}",
        ca=options.ca,
        rate=options.rate,
        seconds=options.seconds,
        requests=(Request("GET", path, expect=frozenset(options.expect)),),
        connections=options.connections,
        fresh=options.fresh,
        timeout=options.timeout,
        address=options.address,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load.open_loop", description=main.__doc__)
    parser.add_argument(
        "--url", required=True, help="what to GET, at a lab address: https://192.168.56.10/health/ready"
    )
    parser.add_argument("--ca", required=True, type=Path, help="PEM file of the authority that signed the certificate")
    parser.add_argument("--address", help="lab address to connect to when the URL has a host name")
    parser.add_argument("--rate", type=float, default=200, help="requests per second, at most 2000 (%(default)s)")
    parser.add_argument("--seconds", type=float, default=30, help="how long, at most 3600 (%(default)s)")
    parser.add_argument("--connections", type=int, default=32, help="connections kept alive (%(default)s)")
    parser.add_argument("--fresh", type=float, default=0.1, help="share of requests on new connections (%(default)s)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds until an answer is late (%(default)s)")
    parser.add_argument("--expect", type=int, nargs="+", default=[200], help="statuses of a right answer (200)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser

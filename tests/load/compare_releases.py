"""Ways to release, side by side, on a lab host of their own: `python -m tests.load.compare_releases --help`."""

import os
import sys
from collections.abc import Sequence

from tests.lab import control
from tests.lab.host import Host
from tests.load.compare import bench, page, table
from tests.load.compare.errors import CompareError
from tests.load.compare.options import Plan, parse
from tests.load.compare.outcome import Outcome
from tests.load.errors import LoadError

HOST, ADDRESS = "bench", "10.30.0.9"
REFUSED, INTERRUPTED = 2, 130


def main(arguments: Sequence[str]) -> int:
    """Compare; return 0 when that could be done, whatever the ways lost, and 2 when it couldn't."""
    plan, inside = parse(arguments)
    try:
        if plan.page is not None:
            page.check(plan.page)
        if not inside:
            _enter(arguments)
        _compare(plan)
    except (CompareError, LoadError) as error:
        print(f"compare_releases: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _enter(arguments: Sequence[str]) -> None:
    """Become the lab's program: it makes a lab, runs this script in it and removes the lab, whatever happens."""
    lab = ["tests.lab", "run", "--name", f"compare-{os.getpid()}", "--hosts", f"{HOST}={ADDRESS}", "--"]
    again = [sys.executable, "-m", "tests.load.compare_releases", "--inside", *arguments]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *lab, *again])  # noqa: S606 - no shell is meant


def _compare(plan: Plan) -> None:
    lab = control.this(os.environ["SLIPWAY_LAB"])
    done: list[tuple[str, list[Outcome]]] = []
    with bench.prepared(Host(lab, HOST), lab.state / "compare", plan.rate, plan.rest) as (host, remote):
        machine = page.found_machine(remote)
        for variant in plan.variants:
            rows = []
            for method in variant.methods:
                print(f"compare_releases: {variant.title}: {method.title}", file=sys.stderr)
                rows.append(host.measure(variant, method))
            done.append((variant.title, rows))
            print(f"{variant.title}\n{table.text(rows)}\n", flush=True)
    if plan.page is not None:
        page.write(plan.page, page.generated(plan, machine, done))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

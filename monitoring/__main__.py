"""Writes monitoring/rules/*.yml and monitoring/dashboards/generated/*.json from their sources.

Usage: python -m monitoring [--check]
With --check nothing is written; the exit status is 1 and the differences are printed if a file isn't up to date.
"""

from __future__ import annotations

import argparse
import sys

from monitoring import generated, rulebook
from monitoring.dashboards import catalogue


def main(arguments: list[str]) -> int:
    """Write, or compare, every generated file."""
    parser = argparse.ArgumentParser(prog="python -m monitoring", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a file isn't up to date")
    options = parser.parse_args(arguments)
    wanted = rulebook.render() | catalogue.render()
    folders = [rulebook.FOLDER, catalogue.FOLDER]
    if not options.check:
        generated.write(wanted, folders)
        return 0
    differences = generated.differences(wanted, folders)
    sys.stdout.writelines(differences)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

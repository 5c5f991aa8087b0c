"""Writes monitoring/rules/*.yml, rules/slo/*.yml and dashboards/generated/*.json from their sources.

Usage: python -m monitoring [--check | --scale N --into FOLDER]
With --check nothing is written; the exit status is 1 and the differences are printed if a file isn't up to date.
With --scale the rules, and nothing else, are written into another folder, on a clock N times as fast, for tests:
prometheus_rules_dir=FOLDER has a host use them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from monitoring import generated, rulebook, scaling
from monitoring.dashboards import catalogue
from monitoring.slo import declared, rulefile


def main(arguments: list[str]) -> int:
    """Write, or compare, every generated file. 2 if a declaration can't be used."""
    parser = argparse.ArgumentParser(
        prog="python -m monitoring", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a file isn't up to date")
    parser.add_argument("--scale", type=float, metavar="N", help="divide windows and patience by N, at least 1")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where the scaled rules go")
    options = parser.parse_args(arguments)
    if (options.scale is None) != (options.into is None) or (options.check and options.into):
        parser.error("--scale and --into go together, without --check")
    if options.scale is not None and not options.scale >= 1:
        parser.error(f"--scale is {options.scale:g}; it must be at least 1")
    try:
        rules = rulebook.render() | rulefile.render()
    except declared.SloError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if options.into:
        faster = _faster(rules, options.scale, options.into)
        generated.write(faster, {path.parent for path in faster})
        return 0
    return _told(rules | catalogue.render() | catalogue.render_loki(), check=options.check)


def _told(wanted: dict[Path, str], *, check: bool) -> int:
    folders = [rulebook.FOLDER, rulefile.FOLDER, catalogue.FOLDER, catalogue.LOKI]
    if not check:
        generated.write(wanted, folders)
        return 0
    differences = generated.differences(wanted, folders)
    sys.stdout.writelines(differences)
    return 1 if differences else 0


def _faster(rules: dict[Path, str], factor: float, into: Path) -> dict[Path, str]:
    return {into / path.relative_to(rulebook.FOLDER): scaling.scaled(text, factor) for path, text in rules.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

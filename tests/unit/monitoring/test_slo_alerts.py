"""Every objective of every environment pages and tickets at the burn rates of the recipe, by promtool."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml

from monitoring.generated import ROOT
from monitoring.slo import declared, recipe, rulefile
from tests.promtool import promtool
from tests.unit.monitoring.outage import Outage

pytestmark = pytest.mark.slow

ENVIRONMENTS = sorted(declared.FOLDER.glob("*.yml"))
# Seconds between two reads, and between two evaluations: days needn't be looked at as often as hours.
CLOCK: dict[recipe.Severity, tuple[int, int]] = {"page": (30, 60), "ticket": (60, 600)}
# What an environment may declare beside what is declared here: stricter, lazier, in whole seconds, without pages.
OTHERS = """
strict: {kind: availability, app: guest-book, objective: 99.9, reason: people pay for it, without_routes: /healthz}
whole-seconds: {kind: latency, app: guest-book, objective: 95, within: 1, reason: nobody is in a hurry}
lazy-queue: {kind: queue_age, app: guest-book, objective: 99.5, within: 600, reason: a newsletter, page: false}
strict-reach: {kind: reachability, app: guest-book, objective: 99.9, reason: people pay for it}
"""


def assert_told(declaration: Path, rules: str, severity: recipe.Severity) -> None:
    """See that just above a pair's rate every objective's alert fires, and just below none does."""
    reads, evaluated = CLOCK[severity]
    tests = [
        test
        for pair in recipe.PAIRS[severity]
        for part in (1.1, 0.9)
        for test in Outage(severity, pair, part, reads, evaluated).tests(declared.read(declaration))
    ]
    test = {
        "rule_files": [rules],
        "evaluation_interval": f"{evaluated}s",
        "group_eval_order": [group["name"] for group in rulefile.groups(declaration)],
        "tests": tests,
    }

    code, said = promtool("test", "rules", "/dev/stdin", told=yaml.safe_dump(test, sort_keys=False))

    assert code == 0, said


@pytest.mark.parametrize("severity", CLOCK)
@pytest.mark.parametrize("declaration", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_objective_alerts_just_above_its_rates_and_not_just_below(
    declaration: Path, severity: recipe.Severity
) -> None:
    assert_told(declaration, str(rulefile.FOLDER / declaration.name), severity)


@pytest.mark.parametrize("severity", CLOCK)
def test_so_does_what_an_environment_may_declare_beside(tmp_path: Path, severity: recipe.Severity) -> None:
    declaration = tmp_path / "other.yml"
    declaration.write_text(OTHERS, encoding="utf-8")
    # promtool sees the checkout only.
    (ROOT / ".cache").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / ".cache") as folder:
        rules = Path(folder) / "other.yml"
        rules.write_text(rulefile.written(rulefile.groups(declaration)), encoding="utf-8")

        assert_told(declaration, str(rules), severity)

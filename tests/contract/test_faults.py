"""Every alert has a fault that proves it, or a reason why it has none."""

from __future__ import annotations

import re
from collections import Counter

import yaml

from tests.environment import ROOT
from tests.faults.catalogue import ELSEWHERE, FAULTS, UNPROVED


def declared() -> set[str]:
    """Return the names of all alerts."""
    files = (ROOT / "monitoring" / "rules").rglob("*.yml")
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}


def test_every_alert_is_proved_or_has_a_reason_and_none_is_in_two_places() -> None:
    named = Counter([*(fault.alert for fault in FAULTS), *ELSEWHERE, *UNPROVED])
    assert set(named) == declared()
    assert max(named.values()) == 1, named


def test_what_else_a_fault_may_set_off_is_an_alert() -> None:
    assert {name for fault in FAULTS for name in fault.beside} <= declared()


def test_the_page_of_proofs_has_a_row_for_every_fault_and_names_the_rest_with_the_reason() -> None:
    page = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
    rows = {
        row[1]: row[2] for row in re.finditer(r"^\| (\w+) \| (?:page|ticket|info) \| ([^|]+) \|", page, re.MULTILINE)
    }
    assert rows == {fault.alert: fault.what for fault in FAULTS}
    missing = {name: reason for name, reason in (ELSEWHERE | UNPROVED).items() if f"| {name} | {reason} |" not in page}
    assert not missing

"""JUnit reports: what `make test` counts, whoever wrote it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Case:
    """One test case: `detail` is why it failed or was skipped, `seconds` its wall time."""

    name: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0


def read_cases(path: Path) -> list[Case]:
    """Cases of one report; an error counts as failed. Raises ValueError that names a file which isn't a report."""
    try:
        root = ET.parse(path).getroot()  # noqa: S314 - made by our own test run a moment ago
    except ET.ParseError as error:
        raise ValueError(f"{path} isn't a JUnit report: {error}") from error
    return [_case(element) for element in root.iter("testcase")]


def write_cases(path: Path, suite: str, cases: Iterable[Case]) -> None:
    """Write one test suite, and the folder it goes to if there is none."""
    rows = list(cases)
    root = ET.Element("testsuites")
    node = ET.SubElement(root, "testsuite", name=suite, tests=str(len(rows)))
    for case in rows:
        element = ET.SubElement(node, "testcase", classname=suite, name=case.name, time=f"{case.seconds:.3f}")
        if case.outcome == "failed":
            ET.SubElement(element, "failure", message=case.detail)
        elif case.outcome == "skipped":
            ET.SubElement(element, "skipped", message=case.detail)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(element: ET.Element) -> Case:
    name = "::".join(part for part in (element.get("classname"), element.get("name")) if part)
    seconds = float(element.get("time") or 0)
    for tag, outcome in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = element.find(tag)
        if found is not None:
            return Case(name, "skipped" if outcome == "skipped" else "failed", found.get("message") or "", seconds)
    return Case(name, "passed", "", seconds)

"""Which figures are bad, but not for long enough to count."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ansible.module_utils.promql import FAIL, NO_DATA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible.module_utils.promql import Check, Finding


class Doubts:
    """Which checks fail, but haven't for long enough to count."""

    def __init__(self, checks: Iterable[Check]) -> None:
        """Nothing fails yet."""
        self._lasting = {check.name: check.lasting for check in checks}
        self._failing_since: dict[str, float] = {}

    def about(self, findings: Iterable[Finding]) -> set[str]:
        """Return the names of those that are in doubt after another round. Having no data is no sign of being well."""
        now = time.monotonic()
        verdicts = {finding.name: finding.verdict for finding in findings}
        failing = {name: now for name, verdict in verdicts.items() if verdict == FAIL}
        since = {name: at for name, at in self._failing_since.items() if verdicts.get(name) in (FAIL, NO_DATA)}
        self._failing_since = failing | since
        return {name for name, since in self._failing_since.items() if now - since < self._lasting[name]}

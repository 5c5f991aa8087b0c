"""What the worker does on schedule beside the mail: folding statistics, and removing what is over."""

from __future__ import annotations

import threading

from mailroom.config import RetentionSettings
from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.statistics.folding import FoldingService
from mailroom.upkeep.metrics import UpkeepMetrics
from mailroom.upkeep.runs import UpkeepRuns
from mailroom.upkeep.service import PurgeService


def make_upkeep(
    settings: RetentionSettings, unit_of_work: UnitOfWorkFactory, metrics: UpkeepMetrics, ending: threading.Event
) -> UpkeepRuns:
    """Return what is run on schedule; once `ending` is set a run ends soon."""
    ages = settings.ages()
    return UpkeepRuns(
        FoldingService(unit_of_work, ending.wait, metrics.folded),
        PurgeService(unit_of_work, ages, ending.wait, metrics.removed),
        unit_of_work,
        ages,
        metrics,
    )

"""What the server's access log says about a load: the other half of the proof."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogCheck:
    """`missing` and `repeated` are request ids; `strangers` counts ids of this run that the load never sent."""

    lines: int
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    strangers: int

    @property
    def clean(self) -> bool:
        """Whether every request of the load is in the log exactly once."""
        return not (self.missing or self.repeated or self.strangers)


def check_access_log(lines: Iterable[str], run: str, due: int) -> LogCheck:
    """Look for the requests 0 to due - 1 of a run in log lines of any format that carries X-Request-ID.

    A line counts once for each id in it, however often it repeats that id.
    """
    pattern = re.compile(rf"\bload-{re.escape(run)}-(\d+)\b")
    counts: Counter[int] = Counter()
    total = 0
    for line in lines:
        found = {int(number) for number in pattern.findall(line)}
        total += bool(found)
        counts.update(found)
    return LogCheck(
        lines=total,
        missing=tuple(f"load-{run}-{number}" for number in range(due) if not counts[number]),
        repeated=tuple(f"load-{run}-{number}" for number, times in sorted(counts.items()) if times > 1),
        strangers=sum(1 for number in counts if number >= due),
    )

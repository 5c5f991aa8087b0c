"""What was proved, as a table for docs/alerting.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.faults.fault import Fault

HEAD = ("alert", "severity", "fault", "told after s", "over after s", "beside it")


@dataclass(frozen=True)
class Proof:
    """One alert that was told, and its end. Seconds are those from the fault, and from the mending."""

    fault: Fault
    severity: str
    told: float
    over: float
    beside: tuple[str, ...]

    @property
    def row(self) -> tuple[str, ...]:
        """Its row of the table."""
        noise = ", ".join(self.beside) or "nothing"
        return self.fault.alert, self.severity, self.fault.what, f"{self.told:.0f}", f"{self.over:.0f}", noise


@dataclass
class Proofs:
    """All proofs of a run, on a clock that is `factor` times as fast."""

    factor: float
    proofs: list[Proof] = field(default_factory=list)

    def add(self, proof: Proof) -> None:
        """Add one."""
        self.proofs.append(proof)

    def table(self) -> str:
        """Return them as Markdown, in the order in which they were made."""
        head = f"Alerts that were told, waits and windows divided by {self.factor:g}:\n"
        rows = [HEAD, tuple("---" for _ in HEAD), *(proof.row for proof in self.proofs)]
        return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])

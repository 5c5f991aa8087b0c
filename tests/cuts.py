"""Network cuts in a lab: packets of a host are dropped at the control node, or on the bridge, for a bounded time."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from tests.lab.naming import named_lab

# An address leaves its set by itself when its time is over, so that a test that died leaves nothing cut.
RULES = """
table bridge slipway_cuts {
  set alone { type ipv4_addr; flags timeout; }
  chain forward {
    type filter hook forward priority 0;
    ip saddr @alone drop
    ip daddr @alone drop
  }
}
table inet slipway_cuts {
  set uncontrolled { type ipv4_addr; flags timeout; }
  chain input { type filter hook input priority -200; ip saddr @uncontrolled drop; }
  chain output { type filter hook output priority -200; ip daddr @uncontrolled drop; }
}
"""
SETS = {"bridge": "alone", "inet": "uncontrolled"}


def both(*lines: str) -> str:
    """Return lines of nft for the table of each family."""
    return "".join(f"{line.format(family)}\n" for family in SETS for line in lines)


@dataclass(frozen=True)
class Cuts:
    """The cuts of one lab."""

    lab: str

    def cut(self, address: str, *, everyone: bool, seconds: float) -> None:
        """Drop what an address and the control node, or it and everyone, send each other, for so many seconds."""
        self.mend(address)
        element = f"{{ {address} timeout {round(seconds)}s }}"
        families = ("bridge", "inet") if everyone else ("inet",)
        self._nft("".join(f"add element {family} slipway_cuts {SETS[family]} {element}\n" for family in families))

    def mend(self, address: str) -> None:
        """Let an address' packets through again; fine if they were."""
        element = f"{{ {address} }}"
        self._nft(both("add table {} slipway_cuts", "flush table {} slipway_cuts") + RULES)
        # An element is added before it's deleted, since deleting one that isn't there is an error.
        lines = [
            f"{verb} element {family} slipway_cuts {name} {element}"
            for family, name in SETS.items()
            for verb in ("add", "delete")
        ]
        self._nft("\n".join(lines) + "\n")

    def close(self) -> None:
        """Remove the rules."""
        self._nft(both("add table {} slipway_cuts", "delete table {} slipway_cuts"))

    def _nft(self, script: str) -> None:
        """Run an nft script in the lab's network namespace."""
        enter = ["nsenter", f"--net={named_lab(self.lab).namespace}", "nft", "-f", "-"]
        done = subprocess.run(enter, input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

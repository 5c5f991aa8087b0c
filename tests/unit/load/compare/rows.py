"""Rows of a table to test with."""

from dataclasses import replace

from tests.load.compare.outcome import Outcome

CLEAN = Outcome(
    title="lanes",
    releases=2,
    took=(0.8, 1.2),
    requests=400,
    failed=0,
    cut=0,
    longest_gap_ms=11.4,
    rest_p99_ms=9.96,
    during_p99_ms=10.04,
    late_ms=3.0,
    rest_failed=0,
)
DEAF = replace(CLEAN, title="preload", took=(), failed=7, cut=3, during_p99_ms=None, late_ms=42.4)

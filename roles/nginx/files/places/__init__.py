"""Spreads an edge host's places over the app hosts that are ready (docs/edge.md)."""

"""Suppressions: who gets no more mail, and why."""

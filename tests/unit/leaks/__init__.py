"""Tests of what looks for secrets."""

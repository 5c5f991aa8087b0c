"""Tests of `make dev`."""

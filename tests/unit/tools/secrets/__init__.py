"""Tests of `make secrets`."""

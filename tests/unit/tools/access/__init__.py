"""Tests of the access to hosts."""

"""Tests of what `make cost` reckons."""

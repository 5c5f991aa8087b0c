"""Tests of the control node's halves of our modules."""

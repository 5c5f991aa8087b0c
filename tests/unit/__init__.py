"""Tests that need nothing but Python. They mirror the tree that they test."""

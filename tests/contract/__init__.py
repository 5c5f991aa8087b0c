"""Tests of agreements: between files, between parts, with tools that read our files."""

"""Tests of the module `aws_budget`."""

"""Releases and rollbacks on a real host, under load and with faults."""

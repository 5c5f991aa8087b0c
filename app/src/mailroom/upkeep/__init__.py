"""Upkeep: what is done on a schedule so that Mailroom stays as it is: folding, removing what is over, measuring."""

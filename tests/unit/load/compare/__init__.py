"""The comparison of ways to release, without a host."""

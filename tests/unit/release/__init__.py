"""What the release tests decide without a host."""

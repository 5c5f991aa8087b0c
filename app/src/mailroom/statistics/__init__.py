"""Statistics: counts by day, tag and domain, and who sent and got most."""

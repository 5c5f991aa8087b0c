"""What follows from what was found: filters and other plugins."""

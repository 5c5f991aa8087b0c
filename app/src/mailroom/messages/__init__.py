"""Messages: what they are, how they are accepted, and where they stand."""

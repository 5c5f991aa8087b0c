"""One module for each dashboard, and what they share."""

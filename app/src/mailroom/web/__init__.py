"""What all routes share: declaring an operation, reading what was asked, letting callers in."""

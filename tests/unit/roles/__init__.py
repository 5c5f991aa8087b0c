"""What the roles refuse before they touch a host."""

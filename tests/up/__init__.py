"""What `make up` promises, on a real host."""

"""What `make` calls: each module one command."""

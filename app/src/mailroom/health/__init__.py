"""Whether this process is up, initialised, and able to serve."""

"""Access to the hosts of environments for one command's time, on a machine that has none of its own."""

"""Is a secret where others can read it? What looks for every value, on hosts and on the control node."""

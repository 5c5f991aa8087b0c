"""Everything that checks Slipway, and the lab in which it is checked."""

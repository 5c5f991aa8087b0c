"""The programs on the host that keeps the journals."""

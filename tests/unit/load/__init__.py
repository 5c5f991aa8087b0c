"""The load client, against servers that really do wrong."""

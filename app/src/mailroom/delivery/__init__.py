"""Delivery: taking messages from the queue and handing them to a transport."""

"""What is made of a measurement of the service."""

"""What runs on the lab host: the service that is released, and the program that waits until it is ready."""

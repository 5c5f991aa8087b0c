"""The program that spreads an edge's places over the app hosts that are ready."""

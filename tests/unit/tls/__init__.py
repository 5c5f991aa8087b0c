"""The program that puts certificates in their place on an edge host."""

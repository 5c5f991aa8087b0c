"""The program that sends requests through the edge while a release travels."""

"""Tracing: what a request did and how long each part took, through web, SQL, queue and transport. Off unless set."""

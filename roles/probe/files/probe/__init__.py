"""Steady requests through the edge while a release travels, each judged, none repeated.

Ready-made clients repeat a request on a broken kept-alive connection (tests/load/__init__.py says which), and a
repeated request is exactly the lost one that the probe looks for. So this speaks HTTP/1.1 itself, on asyncio and with
Python's standard library only: on a host nothing is installed for it.

A request counts from when it was due, and the next is sent when it is due, whatever the one before does. All is told in
two files: `state.json`, and, from the first failure on, `failed`.
"""

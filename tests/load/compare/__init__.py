"""Ways to release one small service, side by side: same host, same service, same load.

`python -m tests.load.compare_releases` runs them. What each way does, and how it is configured, stands in `methods.py`
and goes from there into docs/performance.md.
"""

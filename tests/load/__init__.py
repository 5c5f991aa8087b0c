"""Open-loop load over HTTPS that proves whether a release lost a request.

The proof needs four things at once, and no ready-made load generator has all of them:

* **No retry, ever.** aiohttp repeats an idempotent request on a broken kept-alive connection and cannot be told not to
  (aio-libs/aiohttp#10790). Go's net/http does the same (golang/go#17844), so vegeta, hey and k6 inherit it. A retried
  request is exactly the lost one we look for.
* **Cut connections are counted**, also those cut while idle, and told apart from those closed as announced
  (RFC 9112, section 9.6). wrk and vegeta open a new one and say nothing.
* **Every answer's status, body and headers are checked**, above all `X-Release`. wrk and vegeta keep totals; k6 could,
  as one more runtime that is not in Debian.
* **Latency counts from the time a request was due**, not from when a connection became free: otherwise a server that
  stalls also stops the clock (Gil Tene, "How NOT to Measure Latency": coordinated omission; wrk2 does it this way).

So this is a small client of our own, on h11 (a protocol library without I/O: it can't retry) and asyncio's TLS.
"""

"""Faults for a copy of Mailroom, in which this file becomes `mailroom/faults.py`; here nobody imports it.

MAILROOM_FAULT names the fault that a slot has; without it the service is sound. The page that both versions have takes
PAGE seconds, so that it's known what twice as long is.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time

from flask import Flask, Response, jsonify, request

FAULT = os.environ.get("MAILROOM_FAULT", "")
# Seconds. Mailroom's histogram can't tell 0.11 from 0.22, both between 0.1 and 0.25; and a busy machine adds some.
PAGE = 0.13
LEAK = 4_000_000  # bytes a request
ONE_IN = 50
WORKER_LIVES = 4.0  # seconds
CLIENT = "load-"  # how the request ids of the load begin; the probe's begin otherwise

hoard: list[bytes] = []
asked = itertools.count(1)
owed: list[int] = []


def break_web(app: Flask) -> None:
    """Give the web service the page, and its fault."""
    if FAULT == "no start":
        raise RuntimeError("the flux capacitor is missing")

    @app.get("/page")
    def page() -> Response:
        time.sleep(2 * PAGE if FAULT == "twice as slow" else PAGE)
        return jsonify(page=True)

    if FAULT in BEFORE:
        app.before_request(BEFORE[FAULT])
    if FAULT == "wrong answers":
        app.after_request(answer_wrong)


def break_worker() -> None:
    """Give the queue worker its fault."""
    if FAULT == "dying worker":
        threading.Timer(WORKER_LIVES, die).start()


def die() -> None:
    """End a process as a crash does, without any tidying up."""
    sys.stderr.write("the worker has lost its mind\n")
    sys.stderr.flush()
    os._exit(1)


def crash() -> None:
    """Let the whole service crash as soon as a message is posted."""
    if request.method == "POST":
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def fail_few() -> None:
    """Fail one in ONE_IN of all requests, but never the probe's: the gate has to find it by its figures."""
    if next(asked) % ONE_IN == 0:
        owed.append(1)
    if owed and request.headers.get("X-Request-ID", "").startswith(CLIENT):
        owed.pop()
        raise RuntimeError("one in fifty")


def fail_endpoint() -> None:
    """Fail each request to one endpoint, which the probe never asks."""
    if request.endpoint == "messages.show_one":
        raise RuntimeError("the messages are out")


def leak() -> None:
    """Keep some memory for each request of a client."""
    if request.headers.get("X-Request-ID", "").startswith(CLIENT):
        hoard.append(b"x" * LEAK)


def answer_wrong(response: Response) -> Response:
    """Answer posted messages and the page in good form, with the right status and wrong words."""
    if request.method == "POST" or request.path == "/page":
        response.set_data(response.get_data().replace(b'"state"', b'"mood"').replace(b'"page"', b'"leaf"'))
    return response


BEFORE = {"crash": crash, "few errors": fail_few, "one endpoint": fail_endpoint, "leak": leak}

"""What tests of requests that may come twice share."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.test import TestResponse

BODY = {"to": "ann@example.com", "subject": "Hello", "text": "Good day."}
URL = "/api/v1/messages"
# Takes a body, a key or none, and another address than URL's.
Ask = Callable[..., TestResponse]

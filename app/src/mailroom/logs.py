"""JSON log lines on standard output, each with the request id it belongs to and nothing personal."""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

from mailroom.release import current_release
from mailroom.request_ids import request_id_in_hand

# Loggers of libraries that tell of every step at INFO; our own lines say the same with fewer words.
_QUIET = ("botocore", "boto3", "urllib3", "procrastinate", "asyncio")
# gunicorn brings handlers of its own: taken away so that its lines are JSON too.
_ADOPTED = ("gunicorn.error",)


class _RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id") and (request_id := request_id_in_hand.get()):
            record.request_id = request_id
        return True


def configure_logging(component: str) -> None:
    """Send the log of this process to standard output, one JSON object a line.

    Every line has `time` (RFC 3339), `level`, `logger`, `message`, `component` and `release`, and `request_id`
    where there is one.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_RequestIdFilter())
    handler.setFormatter(_formatter(component))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _ADOPTED:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def _formatter(component: str) -> JsonFormatter:
    return JsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger"},
        static_fields={"component": component, "release": current_release()},
        timestamp="time",
    )

"""Whether an answer is the right one."""

import json

from .answer import Answer
from .wish import Request

OK = "ok"
WRONG_STATUS = "wrong status"
WRONG_HEADERS = "wrong headers"
WRONG_BODY = "wrong body"
WRONG_ID = "wrong id"  # the answer repeats another request's id
TIMEOUT = "timeout"
REFUSED = "refused"  # no connection, or its certificate was not accepted
ANSWERED = frozenset({OK, WRONG_STATUS, WRONG_HEADERS, WRONG_BODY, WRONG_ID})
SHOWN = 160  # characters of a wrong body


def judge(request: Request, request_id: str, answer: Answer) -> tuple[str, str]:
    """Return the outcome, and what was wrong; nothing for a right answer."""
    start = " ".join(answer.body[:SHOWN].decode("utf-8", "replace").split())
    if answer.status not in request.expect:
        return WRONG_STATUS, f"status {answer.status}: {start}"
    if missing := [name for name in request.has_headers if not answer.headers.get(name.lower())]:
        return WRONG_HEADERS, f"the answer has no {', '.join(missing)}"
    if request.body_contains and request.body_contains.encode() not in answer.body:
        return WRONG_BODY, f"{request.body_contains!r} isn't in it: {start}"
    if request.body_has and (wrong := _wrong_members(request, answer.body)):
        return WRONG_BODY, f"{wrong}: {start}"
    # nginx gives each answer its request's id; another one's means that answers were mixed up.
    found = answer.headers.get("x-request-id", request_id)
    if found != request_id:
        return WRONG_ID, f"X-Request-ID is {found[:64]!r}, not {request_id!r}"
    return OK, ""


def _wrong_members(request: Request, body: bytes) -> str:
    """Say which member of a JSON object isn't as wanted; `...` and null mean any value."""
    try:
        found = json.loads(body)
    except ValueError:
        return "it is no JSON"
    if not isinstance(found, dict):
        return "it is no JSON object"
    for name, value in request.body_has.items():
        if name not in found:
            return f"{name} isn't in it"
        if value not in (None, "...") and found[name] != value:
            return f"{name} isn't {value!r}"
    return ""

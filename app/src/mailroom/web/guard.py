"""The one place where callers are let in: it asks who calls, how often they did, and whether they may."""

from __future__ import annotations

from flask import Flask, current_app, g, request

from mailroom.access.authentication import Authentication
from mailroom.access.caller import Caller
from mailroom.access.permissions import Permission
from mailroom.errors import NotAuthenticated
from mailroom.web.limits import RequestLimits
from mailroom.web.operation import Access, Operation, operation_of


def operation_in_hand() -> Operation | None:
    """Return the operation that the request in hand asks for; None where there is none."""
    return operation_of(current_app.view_functions.get(request.endpoint or ""))


def caller_in_hand() -> Caller:
    """Return who sent the request in hand, for operations that aren't open to anyone."""
    caller: Caller = g.caller
    return caller


def guard_requests(app: Flask, authentication: Authentication, limits: RequestLimits | None = None) -> None:
    """Know the caller of every operation, and refuse who may not ask for it, before its view is called.

    Without `limits` nobody is counted.
    """

    @app.before_request
    def let_in() -> None:
        asked = operation_in_hand()
        if asked is None or _is_answered_by_flask():
            return
        if asked.needs is Access.ANYONE:
            if limits:
                limits.from_anyone(asked.limit)
            return
        g.caller = _known(authentication, limits)
        if limits:
            limits.from_caller(asked.limit, g.caller)
        if isinstance(asked.needs, Permission):
            g.caller.must_have(asked.needs)


def _is_answered_by_flask() -> bool:
    # OPTIONS calls no view, and a browser that asks for leave sends no credential.
    return request.method == "OPTIONS" and getattr(request.url_rule, "provide_automatic_options", False)


def _known(authentication: Authentication, limits: RequestLimits | None) -> Caller:
    if limits:
        limits.before_authentication()
    try:
        return authentication.caller(request.headers.get("Authorization", ""))
    except NotAuthenticated:
        if limits:
            limits.not_authenticated()
        raise

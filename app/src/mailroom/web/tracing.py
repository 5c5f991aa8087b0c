"""Spans of HTTP: one for each request, under its rule."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, g, request

from mailroom.tracing.tracer import NoTracer, Side, Tracer


def trace_requests(app: Flask, tracer: Tracer) -> None:
    """Open a span with every request, below the caller's where it names one. Call it after `observe_requests`."""
    if isinstance(tracer, NoTracer):
        return

    @app.before_request
    def begin() -> None:
        route = request.url_rule.rule if request.url_rule else "unmatched"
        attributes = {"http.request.method": request.method, "http.route": route, "mailroom.request_id": g.request_id}
        g.spans = ExitStack()
        g.note = g.spans.enter_context(
            tracer.span(f"{request.method} {route}", Side.SERVER, attributes, request.headers.get("traceparent"))
        )

    @app.after_request
    def finish(response: Response) -> Response:
        if "note" in g:
            g.note("http.response.status_code", response.status_code)
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        if "spans" in g:
            g.spans.close()

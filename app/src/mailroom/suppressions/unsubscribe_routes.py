"""/unsubscribe: for people and their mail programs, not for callers of the API."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from mailroom.errors import NotFound, StorageUnavailable
from mailroom.suppressions.unsubscribe_pages import Page, show
from mailroom.suppressions.unsubscribing import UnsubscribeService
from mailroom.web.problems import note_unexpected

logger = logging.getLogger(__name__)


def unsubscribe_routes(service: UnsubscribeService) -> Blueprint:
    """Return the page of a link, and what its button and a mail program's one click (RFC 8058) post to."""
    routes = Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe")

    @routes.get("/<token>")
    def ask(token: str) -> Response:
        # Scanners of mail follow every link: looking at the page must not unsubscribe anybody.
        service.check(token)
        return show(Page.ASK)

    @routes.post("/<token>")
    def unsubscribe(token: str) -> Response:
        service.check(token)
        if request.form.getlist("List-Unsubscribe") != ["One-Click"]:
            return show(Page.UNCLEAR)
        service.unsubscribe(token)
        return show(Page.DONE)

    _answer_errors_with_pages(routes)
    return routes


def _answer_errors_with_pages(routes: Blueprint) -> None:
    @routes.errorhandler(NotFound)
    def not_found(_: NotFound) -> Response:
        return show(Page.UNKNOWN)

    @routes.errorhandler(StorageUnavailable)
    def away(error: StorageUnavailable) -> Response:
        logger.error("storage is unavailable", extra={"error": str(error)})
        return show(Page.AWAY)

    @routes.errorhandler(HTTPException)
    def unclear(_: HTTPException) -> Response:
        # A body that is too large or no form.
        return show(Page.UNCLEAR)

    @routes.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        note_unexpected(error)
        return show(Page.BROKEN)

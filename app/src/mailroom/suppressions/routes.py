"""/api/v1/suppressions."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, url_for

from mailroom.access.permissions import Permission
from mailroom.suppressions.schemas import NewSuppression, ShownSuppression, ShownSuppressions, SuppressionQuery
from mailroom.suppressions.service import SuppressionService
from mailroom.web.guard import caller_in_hand
from mailroom.web.operation import Limit, Operation, answer, operation
from mailroom.web.pages import NEXT_PAGE, paged

_TAG = "Suppressions"
_MISSING = {404: "There is no suppression of this id."}
_LIST = Operation(
    summary="List who gets no more mail, newest first",
    tag=_TAG,
    needs=Permission.SUPPRESSIONS_READ,
    limit=Limit.READS,
    query=SuppressionQuery,
    answers={200: ShownSuppressions},
    headers=NEXT_PAGE,
)
_ADD = Operation(
    summary="Let an address get no more mail",
    tag=_TAG,
    needs=Permission.SUPPRESSIONS_WRITE,
    limit=Limit.WRITES,
    body=NewSuppression,
    answers={201: ShownSuppression, 200: ShownSuppression},
    headers={"Location": "Where the suppression is shown."},
    examples={"by hand": {"address": "ann@example.com", "detail": "She asked for it on the phone."}},
)
_SHOW = Operation(
    summary="Tell why an address gets no more mail",
    tag=_TAG,
    needs=Permission.SUPPRESSIONS_READ,
    limit=Limit.READS,
    answers={200: ShownSuppression},
    problems=_MISSING,
)
_REMOVE = Operation(
    summary="Let an address get mail again",
    tag=_TAG,
    needs=Permission.SUPPRESSIONS_WRITE,
    limit=Limit.WRITES,
    answers={204: None},
    problems=_MISSING,
)


def suppression_routes(service: SuppressionService) -> Blueprint:
    """Return the routes of the suppression list."""
    routes = Blueprint("suppressions", __name__, url_prefix="/api/v1/suppressions")

    @routes.get("")
    @operation(_LIST)
    def list_suppressions(query: SuppressionQuery) -> Response:
        wanted = query.wanted()
        page, link = paged(lambda most: service.page(replace(wanted, limit=most)), wanted.limit, lambda one: one.id)
        return answer(ShownSuppressions(items=[ShownSuppression.of(one) for one in page]), headers=link)

    @routes.post("")
    @operation(_ADD)
    def add_suppression(body: NewSuppression) -> Response:
        entry, added = service.add(body.address, body.detail, caller_in_hand())
        location = url_for("suppressions.show_suppression", suppression_id=entry.id)
        return answer(ShownSuppression.of(entry), 201 if added else 200, {"Location": location})

    @routes.get("/<id:suppression_id>")
    @operation(_SHOW)
    def show_suppression(suppression_id: int) -> Response:
        return answer(ShownSuppression.of(service.show(suppression_id)))

    @routes.delete("/<id:suppression_id>")
    @operation(_REMOVE)
    def remove_suppression(suppression_id: int) -> Response:
        service.remove(suppression_id, caller_in_hand())
        return answer(None, 204)

    return routes

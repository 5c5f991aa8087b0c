"""/api/v1/templates."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from mailroom.access.permissions import Permission
from mailroom.templates.schemas import (
    AskedPreview,
    NewTemplate,
    TemplatesQuery,
    TemplateText,
    VersionQuery,
    VersionsQuery,
)
from mailroom.templates.service import TemplateService
from mailroom.templates.shown import ListedTemplate, ShownMail, ShownTemplate, ShownTemplates
from mailroom.web.guard import caller_in_hand
from mailroom.web.operation import Limit, Operation, answer, operation
from mailroom.web.pages import NEXT_PAGE, paged

_TAG = "Templates"
_MISSING = {404: "There is no such template."}
_TEXT = {
    "subject": "Your order {{ number }}",
    "text": "Dear {{ name }}, it is on its way.",
    "html": "<p>Dear {{ name }}, it is on its way.</p>",
    "variables": [{"name": "number", "type": "number"}, {"name": "name", "type": "string", "default": "customer"}],
}
_CREATE = Operation(
    summary="Keep a new template",
    tag=_TAG,
    needs=Permission.TEMPLATES_WRITE,
    limit=Limit.WRITES,
    body=NewTemplate,
    answers={201: ShownTemplate},
    problems={409: "There is a template of this name."},
    headers={"Location": "Where the template is shown."},
    examples={"order": {"name": "order-sent", **_TEXT}},
)
_CHANGE = Operation(
    summary="Make the next version of a template",
    tag=_TAG,
    needs=Permission.TEMPLATES_WRITE,
    limit=Limit.WRITES,
    body=TemplateText,
    answers={200: ShownTemplate},
    problems=_MISSING,
    examples={"order": _TEXT},
)
_LIST = Operation(
    summary="List templates by name, each in its newest version",
    tag=_TAG,
    needs=Permission.TEMPLATES_READ,
    limit=Limit.READS,
    query=TemplatesQuery,
    answers={200: ShownTemplates},
    headers=NEXT_PAGE,
)
_SHOW = Operation(
    summary="Show a template; with a version, also one that was deleted",
    tag=_TAG,
    needs=Permission.TEMPLATES_READ,
    limit=Limit.READS,
    query=VersionQuery,
    answers={200: ShownTemplate},
    problems=_MISSING,
)
_VERSIONS = Operation(
    summary="List all versions of a template, newest first; also of one that was deleted",
    tag=_TAG,
    needs=Permission.TEMPLATES_READ,
    limit=Limit.READS,
    query=VersionsQuery,
    answers={200: ShownTemplates},
    problems=_MISSING,
    headers=NEXT_PAGE,
)
_DELETE = Operation(
    summary="Delete a template; what was made of it stays, and its versions can be read",
    tag=_TAG,
    needs=Permission.TEMPLATES_WRITE,
    limit=Limit.WRITES,
    answers={204: None},
    problems=_MISSING,
)
_PREVIEW = Operation(
    summary="Show the mail that a template makes, without sending it",
    tag=_TAG,
    needs=Permission.TEMPLATES_READ,
    limit=Limit.WRITES,
    body=AskedPreview,
    answers={200: ShownMail},
    problems=_MISSING,
    examples={"order": {"variables": {"number": 7, "name": "Ann"}}},
)


def template_routes(service: TemplateService) -> Blueprint:
    """Return the routes of templates."""
    routes = Blueprint("templates", __name__, url_prefix="/api/v1/templates")
    _add_writing(routes, service)
    _add_reading(routes, service)
    return routes


def _add_writing(routes: Blueprint, service: TemplateService) -> None:
    @routes.post("")
    @operation(_CREATE)
    def create(body: NewTemplate) -> Response:
        made = service.create(body.name, body.source(), caller_in_hand().reference)
        return answer(ShownTemplate.of(made), 201, {"Location": url_for("templates.show_one", name=made.name)})

    @routes.put("/<name>")
    @operation(_CHANGE)
    def change(name: str, body: TemplateText) -> Response:
        return answer(ShownTemplate.of(service.change(name, body.source(), caller_in_hand().reference)))

    @routes.delete("/<name>")
    @operation(_DELETE)
    def delete(name: str) -> Response:
        service.delete(name)
        return answer(None, 204)


def _add_reading(routes: Blueprint, service: TemplateService) -> None:
    @routes.get("")
    @operation(_LIST)
    def list_all(query: TemplatesQuery) -> Response:
        page, link = paged(lambda most: service.newest(query.after, most), query.limit, lambda one: one.name)
        return answer(ShownTemplates(templates=[ListedTemplate.of(one) for one in page]), headers=link)

    @routes.get("/<name>")
    @operation(_SHOW)
    def show_one(name: str, query: VersionQuery) -> Response:
        return answer(ShownTemplate.of(service.show(name, query.version)))

    @routes.get("/<name>/versions")
    @operation(_VERSIONS)
    def list_versions(name: str, query: VersionsQuery) -> Response:
        page, link = paged(lambda most: service.versions(name, query.after, most), query.limit, lambda one: one.version)
        return answer(ShownTemplates(templates=[ListedTemplate.of(one) for one in page]), headers=link)

    @routes.post("/<name>/preview")
    @operation(_PREVIEW)
    def preview(name: str, body: AskedPreview) -> Response:
        return answer(ShownMail.of(service.preview(body.choice(name))))

"""/openapi.json and /docs."""

from __future__ import annotations

import json
from functools import cache

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from mailroom.openapi.assets import Assets, page_assets
from mailroom.openapi.document import document

# All comes from this host and nothing stands in the page itself, so that no text of a message or an error that is
# shown there can run or send anything. Swagger UI's own pictures are data: in its style sheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


def documentation_routes() -> Blueprint:
    """Return the routes of the document and of the page that shows it."""
    routes = Blueprint("openapi", __name__, template_folder="page")

    @cache
    def encoded() -> str:
        return json.dumps(document(current_app), ensure_ascii=False, separators=(",", ":"))

    # Neither is made before it is asked for: most processes never are.
    assets = cache(page_assets)

    @routes.get("/openapi.json")
    def show_document() -> Response:
        return _unless_known(Response(encoded(), content_type="application/json"))

    @routes.get("/docs")
    def show_page() -> Response:
        html = render_template(
            "index.html",
            document=url_for(".show_document"),
            asset=lambda name: url_for(".show_asset", digest=assets().digest, name=name),
        )
        return _unless_known(
            Response(html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})
        )

    @routes.get("/docs/assets/<digest>/<name>")
    def show_asset(digest: str, name: str) -> Response:
        return _asset(assets(), digest, name)

    return routes


def _asset(assets: Assets, digest: str, name: str) -> Response:
    if name not in assets.found:
        abort(404)
    content, content_type = assets.content(name)
    # While a release travels the page may be the other one's. It gets what there is, and nobody keeps it.
    cache_control = _FOR_EVER if digest == assets.digest else _ASK_AGAIN
    return Response(content, content_type=content_type, headers={"Cache-Control": cache_control})


def _unless_known(answer: Response) -> Response:
    answer.headers["Cache-Control"] = _ASK_AGAIN
    answer.add_etag()
    answer.make_conditional(request)
    return answer

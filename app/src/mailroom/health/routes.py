"""/health."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from mailroom.health.service import HealthService, Status
from mailroom.release import current_release


def health_routes(service: HealthService) -> Blueprint:
    """Return the three questions that a supervisor asks."""
    routes = Blueprint("health", __name__, url_prefix="/health")

    @routes.get("/live")
    def live() -> Response:
        return jsonify(status="ok", release=current_release())

    @routes.get("/startup")
    def startup() -> Response:
        # Requests are answered only once create_app has wired everything.
        return jsonify(status="ok", release=current_release())

    @routes.get("/ready")
    def ready() -> tuple[Response, int]:
        status, checks = service.ready()
        found = {
            check.name: {"status": check.status.value, **({"reason": check.reason} if check.reason else {})}
            for check in checks
        }
        body = jsonify(status=status.value, release=current_release(), checks=found)
        return body, 503 if status is Status.FAILED else 200

    return routes

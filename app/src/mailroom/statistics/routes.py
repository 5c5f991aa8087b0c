"""/api/v1/statistics."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Blueprint, Response

from mailroom.access.permissions import Permission
from mailroom.statistics.entities import Dimension
from mailroom.statistics.questions import AskedDays, AskedTop, AskedTotals
from mailroom.statistics.schemas import ShownDays, ShownDomains, ShownTags, ShownTop
from mailroom.statistics.service import StatisticsService
from mailroom.web.operation import Limit, Operation, answer, operation

_TAG = "Statistics"
_DAYS = Operation(
    summary="Count what happened, day by day",
    tag=_TAG,
    needs=Permission.STATISTICS_READ,
    limit=Limit.READS,
    query=AskedDays,
    answers={200: ShownDays},
)
_TAGS = Operation(
    summary="Count what happened, tag by tag",
    tag=_TAG,
    needs=Permission.STATISTICS_READ,
    limit=Limit.READS,
    query=AskedTotals,
    answers={200: ShownTags},
)
_DOMAINS = Operation(
    summary="Count what happened, domain by domain",
    tag=_TAG,
    needs=Permission.STATISTICS_READ,
    limit=Limit.READS,
    query=AskedTotals,
    answers={200: ShownDomains},
)
_TOP = Operation(
    summary="Tell who sent or got most",
    tag=_TAG,
    needs=Permission.STATISTICS_READ,
    limit=Limit.READS,
    query=AskedTop,
    answers={200: ShownTop},
)


def statistics_routes(service: StatisticsService) -> Blueprint:
    """Return the routes of statistics."""
    routes = Blueprint("statistics", __name__, url_prefix="/api/v1/statistics")

    @routes.get("/days")
    @operation(_DAYS)
    def count_days(query: AskedDays) -> Response:
        return answer(ShownDays.of(service.days(query.period(_today()), *query.about())))

    @routes.get("/tags")
    @operation(_TAGS)
    def count_tags(query: AskedTotals) -> Response:
        return answer(ShownTags.of(service.totals(query.period(_today()), Dimension.TAG, query.limit)))

    @routes.get("/domains")
    @operation(_DOMAINS)
    def count_domains(query: AskedTotals) -> Response:
        return answer(ShownDomains.of(service.totals(query.period(_today()), Dimension.DOMAIN, query.limit)))

    @routes.get("/top")
    @operation(_TOP)
    def tell_top(query: AskedTop) -> Response:
        starts_on = query.first_day(_today())
        return answer(ShownTop.of(service.top(query.unit, starts_on, query.role, query.limit), starts_on))

    return routes


def _today() -> date:
    return datetime.now(UTC).date()

"""Posting notices as SNS does, and taking them in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mailroom.feedback.entities import Notice, Outcome
from mailroom.feedback.reports import read_report
from mailroom.feedback.service import FeedbackService
from support.databases import Database
from support.sns import (
    delivery_of,
    notification,
    signed,
)
from support.sns_server import SimulatedSns

URL = "/api/v1/ses/notices"


SUBSCRIBE = "/?Action=ConfirmSubscription&Token=abc"


def post(client: FlaskClient, notice: Notice, content_type: str = "text/plain; charset=UTF-8") -> TestResponse:
    return client.post(URL, data=json.dumps(delivery_of(notice)), content_type=content_type)


def from_sns(sns: SimulatedSns, told: object, version: str = "2") -> Notice:
    url = f"https://{sns.host}/x.pem"
    return signed(notification(told, datetime.now(UTC), certificate_url=url), version)


def take(service: FeedbackService, told: dict[str, Any], notice_id: str) -> Outcome:
    report = read_report(json.dumps(told))
    assert report is not None
    return service.take(notice_id, report)


def _waiters(database: Database) -> int:
    ((found,),) = database.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return int(found)

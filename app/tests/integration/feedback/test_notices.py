"""Notices of SES over HTTP on a real database: what they change, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from mailroom.app import create_app
from mailroom.config import RedisSettings, WebSettings
from support.databases import Database
from support.feedback import a_sent_message, listed, standing
from support.notices import SUBSCRIBE, URL, from_sns, post
from support.sns import (
    MAIL_ID,
    TOPIC,
    bounce,
    confirmation,
    delivery_of,
    signed,
)
from support.sns_server import SimulatedSns


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_that_sns_delivers_ends_the_message_and_suppresses_its_address(
    client: FlaskClient, database: Database, sns: SimulatedSns, registry: CollectorRegistry, version: str
) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    notice = from_sns(sns, bounce(when=datetime.now(UTC)), version)
    answer = post(client, notice)

    assert (answer.status_code, answer.get_json()) == (200, {"outcome": "applied"})
    assert standing(database, message_id) == ("bounced", ["bounced"])
    assert database.rows("SELECT address, reason, message_id FROM suppressions") == [
        ("ann@example.com", "bounce", message_id)
    ]
    assert database.rows("SELECT id FROM ses_notices") == [(notice.id,)]
    assert registry.get_sample_value("mailroom_messages_bounced_total") == 1
    assert registry.get_sample_value("mailroom_notices_total", {"type": "bounce", "outcome": "applied"}) == 1


def test_a_delivery_of_sns_may_say_that_it_is_json(client: FlaskClient, sns: SimulatedSns) -> None:
    assert post(client, from_sns(sns, "hello"), "application/json").get_json() == {"outcome": "ignored"}


def test_another_type_is_a_415_that_names_both(client: FlaskClient, sns: SimulatedSns) -> None:
    answer = post(client, from_sns(sns, "hello"), "text/html")

    assert (answer.status_code, answer.get_json()["detail"]) == (
        415,
        "The body must be of the type text/plain or application/json.",
    )


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"signature": "Zm9v"}, "The Signature is not that of SNS."),
        ({"topic": TOPIC + "2"}, "The topic is not one of MAILROOM_SES_TOPICS."),
        ({"timestamp": "2026-01-01T00:00:00.000Z"}, "The notice is older than an hour."),
        (
            {"certificate_url": "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"},
            "SigningCertURL is not an address of SNS in the region of the topic.",
        ),
    ],
)
def test_what_sns_did_not_sign_for_us_now_is_a_403_that_changes_nothing(
    client: FlaskClient, database: Database, sns: SimulatedSns, changes: dict[str, str], detail: str
) -> None:
    message_id = a_sent_message(database, MAIL_ID)
    genuine = delivery_of(from_sns(sns, bounce(when=datetime.now(UTC))))
    names = {
        "signature": "Signature",
        "topic": "TopicArn",
        "timestamp": "Timestamp",
        "certificate_url": "SigningCertURL",
    }
    answer = client.post(
        URL,
        data=json.dumps({**genuine, **{names[name]: value for name, value in changes.items()}}),
        content_type="text/plain",
    )

    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert (answer.get_json()["type"], answer.get_json()["detail"]) == ("urn:mailroom:problem:notice-refused", detail)
    assert (standing(database, message_id), listed(database)) == (("sent", []), {})


def test_a_subscription_is_confirmed_at_its_url(client: FlaskClient, sns: SimulatedSns) -> None:
    notice = confirmation(
        when=datetime.now(UTC),
        certificate_url=f"https://{sns.host}/x.pem",
        subscribe_url=f"https://{sns.host}{SUBSCRIBE}",
    )
    answer = post(client, signed(notice))

    assert (answer.status_code, answer.get_json()) == (200, {"outcome": "confirmed"})
    assert sns.asked == ["/x.pem", SUBSCRIBE]


def test_a_confirmation_without_a_url_is_a_422(client: FlaskClient) -> None:
    answer = post(client, confirmation(subscribe_url=None))

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["detail"] == "A confirmation needs Token and SubscribeURL."


def test_a_report_that_cannot_be_read_is_a_422(client: FlaskClient, sns: SimulatedSns) -> None:
    answer = post(client, from_sns(sns, {"eventType": "Bounce"}))

    assert (answer.status_code, answer.get_json()["errors"]) == (
        422,
        [{"pointer": "#/Message", "detail": "mail: Field required."}],
    )


def test_without_topics_it_is_a_404_that_says_so(
    database: Database, redis_settings: RedisSettings, sns: SimulatedSns
) -> None:
    app = create_app(
        WebSettings(database.settings(), redis_settings, "noreply@mailroom.test", 64 * 1024), CollectorRegistry()
    )
    answer = post(app.test_client(), from_sns(sns, "hello"))
    app.extensions["mailroom.close"]()

    assert (answer.status_code, answer.get_json()["type"]) == (404, "urn:mailroom:problem:switched-off")
    assert answer.get_json()["detail"] == "This is switched off here: it needs the setting MAILROOM_SES_TOPICS."

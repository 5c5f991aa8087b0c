from __future__ import annotations

import json
from datetime import timedelta
from types import NoneType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import InvalidRequest
from mailroom.feedback.entities import Report, ReportKind
from mailroom.feedback.reports import read_report
from support.sns import MAIL_ID, NOW, bounce, complaint, delivery, event


def read(told: object) -> Report:
    report = read_report(json.dumps(told))
    assert report is not None
    return report


@pytest.mark.parametrize("form", ["notificationType", "eventType"])
def test_a_bounce_is_read_in_both_forms(form: str) -> None:
    assert read(bounce(form=form)) == Report(
        kind=ReportKind.BOUNCE,
        provider_message_id=MAIL_ID,
        mailed_at=NOW - timedelta(minutes=10),
        happened_at=NOW,
        addresses=("ann@example.com",),
        final=True,
        detail="Permanent/General: smtp; 550 5.1.1 user unknown",
    )


@pytest.mark.parametrize("kind", ["Transient", "Undetermined", "", "Something new"])
def test_a_bounce_that_is_not_permanent_is_not_final(kind: str) -> None:
    assert not read(bounce(kind)).final


@pytest.mark.parametrize("form", ["notificationType", "eventType"])
@pytest.mark.parametrize("feedback", ["abuse", "fraud", "other", None])
def test_a_complaint_is_read_in_both_forms(form: str, feedback: str | None) -> None:
    report = read(complaint(feedback, form=form))

    assert (report.kind, report.addresses, report.final) == (ReportKind.COMPLAINT, ("ann@example.com",), True)
    assert report.detail == feedback


def test_a_mail_taken_out_of_the_spam_folder_is_no_complaint() -> None:
    assert not read(complaint("not-spam")).final


@pytest.mark.parametrize("form", ["notificationType", "eventType"])
def test_a_delivery_is_read_in_both_forms(form: str) -> None:
    report = read(delivery(form=form))

    assert (report.kind, report.addresses, report.final, report.detail) == (ReportKind.DELIVERY, (), True, "250 ok")


@pytest.mark.parametrize(
    ("told", "kind", "detail"),
    [
        (event("Reject", "reject", {"reason": "Bad content"}), ReportKind.REJECT, "Bad content"),
        (
            event("DeliveryDelay", "deliveryDelay", {"delayType": "MailboxFull"}),
            ReportKind.DELIVERY_DELAY,
            "MailboxFull",
        ),
        (
            event("Rendering Failure", "failure", {"errorMessage": "no such variable", "templateName": "x"}),
            ReportKind.RENDERING_FAILURE,
            "no such variable",
        ),
        (event("Reject", "reject", {}), ReportKind.REJECT, None),
    ],
)
def test_other_events_are_read_with_what_they_say(told: dict[str, Any], kind: ReportKind, detail: str | None) -> None:
    report = read(told)

    assert (report.kind, report.detail, report.final) == (kind, detail, False)


def test_what_has_no_time_of_its_own_happened_when_ses_took_the_mail() -> None:
    told = event("Reject", "reject", {"reason": "Bad content"})
    del told["reject"]["timestamp"]

    assert read(told).happened_at == NOW - timedelta(minutes=10)


@pytest.mark.parametrize(
    "message",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed"}',
        json.dumps(event("Send", "send", {})),
        json.dumps(event("Open", "open", {})),
        "{}",
        "[]",
        '"Bounce"',
        "",
        "[" * 100_000,
        '{"eventType": ["Bounce"]}',
    ],
)
def test_what_reports_nothing_to_us_is_none(message: str) -> None:
    assert read_report(message) is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"mail": None}, "mail: Input should be"),
        ({"mail": {}}, "mail.messageId: Field required."),
        ({"mail": {"messageId": "a b", "timestamp": "2026-01-01T00:00:00Z"}}, "mail.messageId: String should match"),
        ({"mail": {"messageId": "\x00", "timestamp": "2026-01-01T00:00:00Z"}}, "mail.messageId: String should match"),
        (
            {"mail": {"messageId": "a", "timestamp": "2026-01-01T00:00:00"}},
            "mail.timestamp: Input should have timezone",
        ),
        ({"bounce": None}, "It says that there is a bounce, and nothing of it."),
        ({"bounce": {"bouncedRecipients": [{}]}}, "bounce.bouncedRecipients.0.emailAddress: Field required."),
        ({"bounce": {"bouncedRecipients": [{}] * 9}}, "bounce.bouncedRecipients.0.emailAddress: Field required."),
    ],
)
def test_a_report_that_cannot_be_read_is_refused_with_the_field(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_report(json.dumps({**bounce(), **change}))

    assert len(caught.value.errors) <= 5
    assert caught.value.errors[0].pointer == "#/Message"
    assert caught.value.errors[0].detail.startswith(complaint)


def test_what_a_server_said_is_made_one_printable_line_of_some_length() -> None:
    told = bounce()
    told["bounce"]["bouncedRecipients"][0]["diagnosticCode"] = "a\x00b\r\n\tc" + "x" * 1000
    detail = read(told).detail

    assert detail is not None
    assert detail.startswith("Permanent/General: a b cx")
    assert len(detail) == 500


_NAMES = ["eventType", "mail", "bounce", "messageId", "timestamp", "bouncedRecipients", "emailAddress"]
_ANYTHING = st.recursive(
    st.none() | st.text() | st.integers() | st.floats(),
    lambda some: st.lists(some) | st.dictionaries(st.sampled_from(_NAMES), some),
)


@given(_ANYTHING)
def test_whatever_is_told_is_read_or_refused(told: object) -> None:
    found = read_or_refused(json.dumps({**told, "eventType": "Bounce"} if isinstance(told, dict) else told))

    assert isinstance(found, InvalidRequest | Report if isinstance(told, dict) else NoneType)


def read_or_refused(message: str) -> Report | InvalidRequest | None:
    try:
        return read_report(message)
    except InvalidRequest as error:
        return error

"""/api/v1/ses/notices."""

from __future__ import annotations

from flask import Blueprint, Response

from mailroom.feedback.intake import Intake
from mailroom.feedback.schemas import SnsDelivery, TakenNotice
from mailroom.web.operation import Access, Limit, Operation, answer, operation

_TOPIC = "arn:aws:sns:eu-central-1:123456789012:mailroom"
_TAKE = Operation(
    summary="Take in what SES reports, as SNS delivers it",
    tag="SES",
    needs=Access.ANYONE,
    limit=Limit.WRITES,
    body=SnsDelivery,
    # SNS says text/plain of the JSON that it posts.
    body_types=("text/plain", "application/json"),
    answers={200: TakenNotice},
    problems={
        403: "SNS didn't sign it, or not for a topic of ours, or too long ago.",
        404: "No topics are configured.",
        503: "It can't be taken in now: SNS delivers it again.",
    },
    examples={
        "delivery": {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": _TOPIC,
            "Message": '{"notificationType": "Delivery", "mail": {…}, "delivery": {…}}',
            "Timestamp": "2026-01-02T03:04:05.678Z",
            "SignatureVersion": "2",
            "Signature": "EXAMPLE=",
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        }
    },
)


def notice_routes(intake: Intake) -> Blueprint:
    """Return the route where SNS delivers."""
    routes = Blueprint("notices", __name__, url_prefix="/api/v1/ses/notices")

    @routes.post("")
    @operation(_TAKE)
    def take_notice(body: SnsDelivery) -> Response:
        return answer(TakenNotice(outcome=intake.take(body.notice())))

    return routes

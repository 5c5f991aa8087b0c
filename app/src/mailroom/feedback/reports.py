"""Reading what SES says in a notification: its notices of feedback (`notificationType`), its events (`eventType`).

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from mailroom.errors import FieldError, InvalidRequest
from mailroom.feedback.entities import Report, ReportKind

_DETAIL_CHARACTERS = 500
_ERRORS_SHOWN = 5
_KINDS = {
    "Bounce": ReportKind.BOUNCE,
    "Complaint": ReportKind.COMPLAINT,
    "Delivery": ReportKind.DELIVERY,
    "Reject": ReportKind.REJECT,
    "DeliveryDelay": ReportKind.DELIVERY_DELAY,
    "Rendering Failure": ReportKind.RENDERING_FAILURE,
}


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


# Servers of others wrote these: they may hold anything, NUL too, which PostgreSQL can't store.
Said = Annotated[str, AfterValidator(_plain)]


class _Told(BaseModel):
    """A part of what SES says. It adds fields as it likes."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


class _Mail(_Told):
    message_id: str = Field(pattern=r"^[!-~]{1,256}$")
    timestamp: AwareDatetime


class _Recipient(_Told):
    email_address: Said
    status: Said = ""
    diagnostic_code: Said = ""


class _Happened(_Told):
    """What happened: all kinds in one, since each has few of these fields."""

    timestamp: AwareDatetime | None = None
    bounce_type: Said = ""
    bounce_sub_type: Said = ""
    bounced_recipients: list[_Recipient] = []
    complaint_feedback_type: Said | None = None
    complained_recipients: list[_Recipient] = []
    smtp_response: Said = ""
    delay_type: Said = ""
    reason: Said = ""
    error_message: Said = ""


class _Record(_Told):
    mail: _Mail
    bounce: _Happened | None = None
    complaint: _Happened | None = None
    delivery: _Happened | None = None
    reject: _Happened | None = None
    delivery_delay: _Happened | None = None
    failure: _Happened | None = None

    def of(self, kind: ReportKind) -> _Happened | None:
        """Return what is said of a kind."""
        return {
            ReportKind.BOUNCE: self.bounce,
            ReportKind.COMPLAINT: self.complaint,
            ReportKind.DELIVERY: self.delivery,
            ReportKind.REJECT: self.reject,
            ReportKind.DELIVERY_DELAY: self.delivery_delay,
            ReportKind.RENDERING_FAILURE: self.failure,
        }[kind]


def read_report(message: str) -> Report | None:
    """Return what SES reports; None for what is nothing to us, such as its word that a topic was set up.

    Raises InvalidRequest for a report that can't be read.
    """
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    kind = _KINDS.get(str(told.get("eventType") or told.get("notificationType")))
    if kind is None:
        return None
    try:
        record = _Record.model_validate(told)
    except ValidationError as error:
        raise InvalidRequest(_errors(error)) from None
    happened = record.of(kind)
    if happened is None:
        raise InvalidRequest([FieldError(f"It says that there is a {kind}, and nothing of it.", pointer="#/Message")])
    return _report(kind, record.mail, happened)


def _report(kind: ReportKind, mail: _Mail, happened: _Happened) -> Report:
    recipients = (*happened.bounced_recipients, *happened.complained_recipients)
    return Report(
        kind=kind,
        provider_message_id=mail.message_id,
        mailed_at=mail.timestamp,
        # A rejection and a failure to render have no time of their own: they happen when SES takes the mail.
        happened_at=happened.timestamp or mail.timestamp,
        addresses=tuple(recipient.email_address for recipient in recipients),
        final=_is_final(kind, happened),
        detail=_detail(happened),
    )


def _is_final(kind: ReportKind, happened: _Happened) -> bool:
    if kind is ReportKind.BOUNCE:
        # Where SES can't tell why a mail bounced (Undetermined), nothing says that the next one will, too.
        return happened.bounce_type == "Permanent"
    # Some providers report with the same form that somebody took a mail back out of the spam folder (RFC 6430).
    return kind is ReportKind.DELIVERY or (
        kind is ReportKind.COMPLAINT and happened.complaint_feedback_type != "not-spam"
    )


def _detail(happened: _Happened) -> str | None:
    first = next(iter(happened.bounced_recipients), None)
    parts = [
        "/".join(filter(None, (happened.bounce_type, happened.bounce_sub_type))),
        first.diagnostic_code or first.status if first else "",
        happened.complaint_feedback_type,
        happened.smtp_response,
        happened.delay_type,
        happened.reason,
        happened.error_message,
    ]
    return ": ".join(filter(None, parts))[:_DETAIL_CHARACTERS] or None


def _errors(error: ValidationError) -> list[FieldError]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        FieldError(f"{'.'.join(map(str, item['loc']))}: {item['msg']}.", pointer="#/Message")
        for item in found[:_ERRORS_SHOWN]
    ]

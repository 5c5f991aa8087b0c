"""The simulated AWS: moto, with a page that shows which mail SES was given."""

import email
import email.policy
import json
from collections.abc import Iterable
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REGION = "eu-central-1"
DOMAIN = "mailroom.test"  # the identity that SES has verified when the lab starts
MESSAGES = "/_slipway/ses/messages"
ACCOUNT = "/v2/email/account"
# moto doesn't know GetAccount. As an account of some age: a rate, and no limit on a day (-1).
_QUOTA = {"MaxSendRate": 200.0, "Max24HourSend": -1.0, "SentLast24Hours": 0.0}
ACCOUNT_ID = "123456789012"  # moto's, for any access key


def _ses(region: str = REGION) -> Any:  # noqa: ANN401 - moto ships no types
    """Return moto's SES backend, which the APIs v1 and v2 share."""
    from moto.ses.models import ses_backends  # noqa: PLC0415 - moto takes a second to load

    return ses_backends[ACCOUNT_ID][region]


def _flat(destinations: object) -> list[str]:
    """Return addresses from SES' destinations: a list, or lists by To, Cc and Bcc."""
    if isinstance(destinations, dict):
        destinations = [address for group in destinations.values() for address in group]
    return list(dict.fromkeys(destinations)) if isinstance(destinations, list) else []  # moto names some twice


def _raw(message: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a message that was sent as MIME, taken apart."""
    parsed: EmailMessage = email.message_from_string(message.raw_data, policy=email.policy.default)
    body = parsed.get_body(("plain", "html"))
    headers = {name: str(value) for name, value in parsed.items()}
    return {
        "subject": str(parsed["subject"] or ""),
        "body": body.get_content() if body is not None else "",
        "headers": headers,
        "raw": message.raw_data,
    }


def describe(message: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return one message of moto's as plain data: message_id, from, to, subject, body, and more where SES got more."""
    common = {
        "message_id": getattr(message, "id", None) or ",".join(getattr(message, "ids", [])),
        "from": message.source,
        "to": _flat(message.destinations),
    }
    if hasattr(message, "raw_data"):
        return common | _raw(message)
    if hasattr(message, "template"):
        return common | {"subject": "", "body": "", "template": message.template, "data": message.template_data}
    return common | {"subject": message.subject, "body": message.body}


def messages(recipient: str | None = None) -> list[dict[str, Any]]:
    """Return all messages that SES accepted, or those to one recipient, oldest first.

    To take a message apart takes a millisecond, and after a load there are tens of thousands.
    """
    return [
        describe(message)
        for message in _ses().sent_messages
        if recipient is None or recipient in _flat(message.destinations)
    ]


def application() -> WSGIApplication:
    """Return the simulated AWS as a WSGI application, with SES' domain verified."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

    from tests.lab import aws_calls, aws_ec2, aws_s3  # noqa: PLC0415

    for part in (aws_calls, aws_ec2, aws_s3):
        part.teach()
    backend: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    _ses().verify_domain(DOMAIN)

    def serve(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("GET", ACCOUNT):
            start("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"SendingEnabled": True, "SendQuota": _QUOTA}).encode()]
        if environ["PATH_INFO"] != MESSAGES:
            return backend(environ, start)
        if environ["REQUEST_METHOD"] == "DELETE":
            _ses().sent_messages.clear()
        start("200 OK", [("Content-Type", "application/json")])
        (recipient,) = parse_qs(environ["QUERY_STRING"]).get("to", [None])
        return [json.dumps(messages(recipient)).encode()]

    return serve

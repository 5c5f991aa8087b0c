"""Deliveries as SNS makes them, signed with a key of our own."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from mailroom.feedback.canonical import text_to_sign
from mailroom.feedback.entities import Notice, NoticeType
from mailroom.feedback.fetching import NotThere
from mailroom.feedback.places import Place

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mailroom"
HOST = "sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"https://{HOST}/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE_URL = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MAIL_ID = "0102018d-mail-000000"
_NUMBERS = count(1)


@cache
def rsa_key(bits: int = 2048) -> RSAPrivateKey:
    """Return a key; the same each time, since making one takes long."""
    return generate_rsa_key(65537, bits)


@cache
def ec_key() -> EllipticCurvePrivateKey:
    """Return a key of another kind than SNS's."""
    return generate_ec_key(SECP256R1())


def certificate(
    key: RSAPrivateKey | EllipticCurvePrivateKey | None = None,
    name: str | None = "sns.amazonaws.com",
    begins: datetime = NOW - timedelta(days=1),
    ends: datetime = NOW + timedelta(days=300),
) -> bytes:
    """Return a certificate in PEM that its own key signed."""
    key = key or rsa_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)] if name else [])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, begins, ends)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@dataclass
class Shelf:
    """What lies at which path; counts what is fetched. Nothing else lies anywhere."""

    things: dict[str, bytes | Exception]
    fetched: int = 0

    def get(self, place: Place) -> bytes:
        self.fetched += 1
        found = self.things.get(f"https://{place.host}{place.target}", NotThere(f"{place.host} answered 404"))
        if isinstance(found, Exception):
            raise found
        return found


def signed(notice: Notice, version: str = "2", key: RSAPrivateKey | None = None) -> Notice:
    """Return the notice with its signature."""
    notice = replace(notice, signature_version=version)
    algorithm = SHA1() if version == "1" else SHA256()
    signature = (key or rsa_key()).sign(text_to_sign(notice), PKCS1v15(), algorithm)
    return replace(notice, signature=b64encode(signature).decode())


def notification(message: object = "hello", when: datetime = NOW, **changes: Any) -> Notice:  # noqa: ANN401 - whatever a Notice has
    """Return a notification that isn't signed yet."""
    notice = Notice(
        type=NoticeType.NOTIFICATION,
        id=f"22b80b92-fdea-4c2c-8f9d-{next(_NUMBERS):012d}",
        topic=TOPIC,
        message=message if isinstance(message, str) else json.dumps(message),
        timestamp=when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        signature_version="2",
        signature="c2lnbmF0dXJl",
        certificate_url=CERTIFICATE_URL,
        subject="Amazon SES Email Event Notification",
    )
    return replace(notice, **changes)


def confirmation(
    kind: NoticeType = NoticeType.SUBSCRIPTION,
    when: datetime = NOW,
    **changes: Any,  # noqa: ANN401 - whatever a Notice has
) -> Notice:
    """Return a confirmation that isn't signed yet."""
    return notification(
        "You have chosen to subscribe",
        when,
        **{"type": kind, "token": "abc", "subscribe_url": SUBSCRIBE_URL, "subject": None, **changes},
    )


def delivery_of(notice: Notice) -> dict[str, Any]:
    """Return what SNS posts."""
    fields = {
        "Type": notice.type.value,
        "MessageId": notice.id,
        "TopicArn": notice.topic,
        "Subject": notice.subject,
        "Message": notice.message,
        "Timestamp": notice.timestamp,
        "SignatureVersion": notice.signature_version,
        "Signature": notice.signature,
        "SigningCertURL": notice.certificate_url,
        "Token": notice.token,
        "SubscribeURL": notice.subscribe_url,
        "UnsubscribeURL": f"https://{HOST}/?Action=Unsubscribe",
    }
    return {name: value for name, value in fields.items() if value is not None}


def _told(told: dict[str, Any], happened: dict[str, Any], mail_id: str, when: datetime) -> dict[str, Any]:
    """Add the mail, and when it happened, to what is told."""
    happened["timestamp"] = when.isoformat().replace("+00:00", "Z")
    mail = {
        "timestamp": (when - timedelta(minutes=10)).isoformat(),
        "messageId": mail_id,
        "source": "noreply@mailroom.test",
        "destination": ["ann@example.com"],
    }
    return {**told, "mail": mail}


def bounce(
    kind: str = "Permanent",
    address: str = "ann@example.com",
    mail_id: str = MAIL_ID,
    when: datetime = NOW,
    form: str = "notificationType",
) -> dict[str, Any]:
    """Return a report of a bounce."""
    recipient = {"emailAddress": address, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    said: dict[str, Any] = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [recipient]}
    return _told({form: "Bounce", "bounce": said}, said, mail_id, when)


def complaint(
    feedback: str | None = "abuse",
    address: str = "ann@example.com",
    mail_id: str = MAIL_ID,
    when: datetime = NOW,
    form: str = "notificationType",
) -> dict[str, Any]:
    """Return a report of a complaint."""
    said: dict[str, Any] = {"complaintFeedbackType": feedback, "complainedRecipients": [{"emailAddress": address}]}
    return _told({form: "Complaint", "complaint": said}, said, mail_id, when)


def delivery(mail_id: str = MAIL_ID, when: datetime = NOW, form: str = "notificationType") -> dict[str, Any]:
    """Return a report of a delivery."""
    said: dict[str, Any] = {"recipients": ["ann@example.com"], "smtpResponse": "250 ok"}
    return _told({form: "Delivery", "delivery": said}, said, mail_id, when)


def event(kind: str, member: str, said: dict[str, Any], mail_id: str = MAIL_ID, when: datetime = NOW) -> dict[str, Any]:
    """Return an event of another kind."""
    said = dict(said)
    return _told({"eventType": kind, member: said}, said, mail_id, when)

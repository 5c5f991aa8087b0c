from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from mailroom.errors import NoticeRefused
from mailroom.feedback.certificates import Certificates
from mailroom.feedback.entities import Notice, NoticeType
from mailroom.feedback.places import Places
from mailroom.feedback.signatures import Signatures
from support.sns import CERTIFICATE_URL, HOST, NOW, Shelf, certificate, confirmation, notification, signed

FOREIGN = f"https://{HOST}/SimpleNotificationService-other.pem"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf({CERTIFICATE_URL: certificate()})


@pytest.fixture
def signatures(shelf: Shelf) -> Signatures:
    return Signatures(Places(), Certificates(shelf, lambda: NOW))


def refusal(signatures: Signatures, notice: Notice) -> str:
    with pytest.raises(NoticeRefused) as caught:
        signatures.check(notice)
    return str(caught.value)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "notice",
    [
        notification(),
        notification(subject=None),
        notification("Grüße\n\U0001f600"),
        confirmation(),
        confirmation(NoticeType.UNSUBSCRIPTION),
    ],
    ids=["notification", "without subject", "in other letters", "subscription", "unsubscription"],
)
def test_what_sns_signed_is_believed(signatures: Signatures, notice: Notice, version: str) -> None:
    signatures.check(signed(notice, version))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("notice", "change"),
    [
        (notification(), {"message": "hullo"}),
        (notification(), {"id": "other"}),
        (notification(), {"subject": "other"}),
        (notification(), {"subject": None}),
        (notification(subject=None), {"subject": "added"}),
        (notification(), {"timestamp": "2026-01-02T03:04:06.000Z"}),
        (notification(), {"topic": "arn:aws:sns:eu-west-1:123456789012:other"}),
        (notification(), {"type": NoticeType.SUBSCRIPTION}),
        (confirmation(), {"message": "other"}),
        (confirmation(), {"id": "other"}),
        (confirmation(), {"subscribe_url": f"https://{HOST}/other"}),
        (confirmation(), {"timestamp": "2026-01-02T03:04:06.000Z"}),
        (confirmation(), {"token": "other"}),
        (confirmation(), {"topic": "arn:aws:sns:eu-west-1:123456789012:other"}),
        (confirmation(), {"type": NoticeType.UNSUBSCRIPTION}),
        (confirmation(), {"type": NoticeType.NOTIFICATION}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value.type.value,
)
def test_what_was_changed_after_it_was_signed_is_refused(
    signatures: Signatures, notice: Notice, version: str, change: dict[str, str]
) -> None:
    assert refusal(signatures, replace(signed(notice, version), **change)) == "The Signature is not that of SNS."  # type: ignore[arg-type]


@pytest.mark.parametrize(("signed_as", "said"), [("1", "2"), ("2", "1")])
def test_a_signature_of_the_other_version_is_refused(signatures: Signatures, signed_as: str, said: str) -> None:
    notice = replace(signed(notification(), signed_as), signature_version=said)

    assert refusal(signatures, notice) == "The Signature is not that of SNS."


@pytest.mark.parametrize("version", ["", "0", "3", "1 ", "01"])
def test_another_version_is_refused(signatures: Signatures, version: str) -> None:
    assert refusal(signatures, notification(signature_version=version)) == "SignatureVersion must be 1 or 2."


@pytest.mark.parametrize("signature", ["!", "abc", "Zm9v\n", "é"])
def test_a_signature_that_is_no_base64_is_refused(signatures: Signatures, signature: str) -> None:
    assert refusal(signatures, notification(signature=signature)) == "The Signature is not base64."


@pytest.mark.parametrize("signature", ["", "Zm9v"])
def test_a_signature_of_another_length_is_refused(signatures: Signatures, signature: str) -> None:
    assert refusal(signatures, notification(signature=signature)) == "The Signature is not that of SNS."


def test_a_signature_of_another_key_is_refused(signatures: Signatures) -> None:
    notice = signed(notification(), key=generate_private_key(65537, 2048))

    assert refusal(signatures, notice) == "The Signature is not that of SNS."


def test_nothing_is_fetched_from_elsewhere(signatures: Signatures, shelf: Shelf) -> None:
    notice = signed(notification(certificate_url="https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"))

    assert refusal(signatures, notice) == "SigningCertURL is not an address of SNS in the region of the topic."
    assert shelf.fetched == 0


def test_a_certificate_that_is_not_there_is_refused(signatures: Signatures) -> None:
    assert "isn't there: sns.eu-west-1.amazonaws.com answered 404" in refusal(
        signatures, signed(notification(certificate_url=FOREIGN))
    )

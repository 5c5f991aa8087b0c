from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from mailroom.delivery.ses import SesTransport
from mailroom.delivery.transport import Refused, TransportError, Unavailable
from support.fakes import a_message

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


@pytest.fixture
def client() -> SESV2Client:
    return boto3.client("sesv2", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def stub(client: SESV2Client) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_all_of_a_message_goes_to_ses(client: SESV2Client, stub: Stubber) -> None:
    stub.add_response(
        "send_email",
        {"MessageId": "ses-1"},
        {
            "FromEmailAddress": "noreply@mailroom.test",
            "Destination": {"ToAddresses": ["ann@example.com"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Hello", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "Good day.", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>", "Charset": "UTF-8"},
                    },
                }
            },
        },
    )

    assert SesTransport(client).send(replace(a_message(), html="<p>")) == "ses-1"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("MessageRejected", 400, Refused),
        ("BadRequestException", 400, Refused),
        ("MailFromDomainNotVerifiedException", 400, Refused),
        ("TooManyRequestsException", 429, Unavailable),
        ("LimitExceededException", 400, Unavailable),
        ("SendingPausedException", 400, Unavailable),
        ("InternalFailure", 500, Unavailable),
        ("ServiceUnavailable", 503, Unavailable),
        ("InvalidClientTokenId", 403, Unavailable),
        ("ExpiredTokenException", 403, Unavailable),
        ("AccessDeniedException", 403, Unavailable),
    ],
)
def test_what_is_the_messages_fault_is_final_and_all_else_may_pass(
    client: SESV2Client, stub: Stubber, code: str, status: int, kind: type[TransportError]
) -> None:
    stub.add_client_error("send_email", code, "because", status)

    with pytest.raises(kind) as caught:
        SesTransport(client).send(a_message())

    assert caught.value.code == code
    assert caught.value.reason == f"SES answered {code}: because"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReadTimeoutError(endpoint_url="https://ses"), "ReadTimeoutError"),
        (NoCredentialsError(), "NoCredentialsError"),
    ],
)
def test_an_ses_that_cannot_be_asked_may_come_back(error: Exception, code: str) -> None:
    class Broken:
        def send_email(self, **_: object) -> None:
            raise error

    with pytest.raises(Unavailable, match=f"SES could not be asked: {code}"):
        SesTransport(Broken()).send(a_message())  # type: ignore[arg-type]


def test_what_cannot_be_asked_of_ses_is_final(client: SESV2Client) -> None:
    broken = replace(a_message(), subject=3)  # type: ignore[arg-type]

    with pytest.raises(Refused, match="SES can't be asked to send this"):
        SesTransport(client).send(broken)

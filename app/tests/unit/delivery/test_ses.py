from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from mailroom.config import SesSettings
from mailroom.delivery.ses import SesTransport, ses_transport
from mailroom.delivery.transport import Quota, QuotaUsedUp, Refused, Throttled, TransportError, Unavailable
from mailroom.messages.entities import Message
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


def write(message: Message) -> bytes:
    return f"mail {message.id}".encode()


def test_a_message_goes_to_ses_as_mime_from_the_bare_address(client: SESV2Client, stub: Stubber) -> None:
    stub.add_response(
        "send_email",
        {"MessageId": "ses-1"},
        {
            "FromEmailAddress": "noreply@mailroom.test",
            "Destination": {"ToAddresses": ["ann@example.com"]},
            "Content": {"Raw": {"Data": f"mail {a_message().id}".encode()}},
        },
    )
    message = replace(a_message(), sender="Mailroom <noreply@mailroom.test>")

    assert SesTransport(client, write).send(message) == "ses-1"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("MessageRejected", 400, Refused),
        ("BadRequestException", 400, Refused),
        ("MailFromDomainNotVerifiedException", 400, Refused),
        ("TooManyRequestsException", 429, Throttled),
        ("LimitExceededException", 400, Throttled),
        ("ThrottlingException", 400, Throttled),
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

    with pytest.raises(TransportError) as caught:
        SesTransport(client, write).send(a_message())

    assert type(caught.value) is kind
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
        SesTransport(Broken(), write).send(a_message())  # type: ignore[arg-type]


def test_what_cannot_be_asked_of_ses_is_final(client: SESV2Client) -> None:
    broken = replace(a_message(), recipient=3)  # type: ignore[arg-type]

    with pytest.raises(Refused, match="SES can't be asked to send this"):
        SesTransport(client, write).send(broken)


def test_a_day_that_is_used_up_is_told_from_a_call_too_many(client: SESV2Client, stub: Stubber) -> None:
    stub.add_client_error("send_email", "TooManyRequestsException", "Daily message quota exceeded.", 429)

    with pytest.raises(QuotaUsedUp, match="Daily message quota exceeded"):
        SesTransport(client, write).send(a_message())


def test_the_quota_is_that_of_the_account(client: SESV2Client, stub: Stubber) -> None:
    told = {"SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 123.0}}
    stub.add_response("get_account", told, {})

    assert SesTransport(client, write).quota() == Quota(14, 50000, 123)


def test_minus_one_is_without_limit_and_so_is_what_isnt_told(client: SESV2Client, stub: Stubber) -> None:
    stub.add_response("get_account", {"SendQuota": {"Max24HourSend": -1.0}}, {})
    stub.add_response("get_account", {}, {})

    transport = SesTransport(client, write)
    assert [transport.quota(), transport.quota()] == [Quota(None), Quota(None)]


def test_an_account_that_may_send_nothing_has_a_limit_of_nothing(client: SESV2Client, stub: Stubber) -> None:
    stub.add_response("get_account", {"SendQuota": {"Max24HourSend": 0.0, "MaxSendRate": 0.5}}, {})

    assert SesTransport(client, write).quota() == Quota(0.5, 0.0)


@pytest.mark.parametrize("code", ["AccessDeniedException", "BadRequestException", "TooManyRequestsException"])
def test_a_quota_that_cant_be_read_is_told_as_such(client: SESV2Client, stub: Stubber, code: str) -> None:
    stub.add_client_error("get_account", code, "because", 400)

    with pytest.raises(Unavailable, match=f"SES answered {code}: because") as caught:
        SesTransport(client, write).quota()

    assert caught.value.code == code


def test_a_file_of_credentials_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "aws_credentials"
    path.write_text("[default]\naws_access_key_id = from-the-file\naws_secret_access_key = x\n")

    with closing(ses_transport(SesSettings("eu-central-1", path), 1, write)) as transport:
        signer = transport._client._request_signer  # type: ignore[attr-defined]  # noqa: SLF001 - shown nowhere else
        assert signer._credentials.access_key == "from-the-file"  # noqa: SLF001 - same

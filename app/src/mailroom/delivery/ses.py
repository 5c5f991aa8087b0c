"""Amazon SES (API version 2) as a transport. The only module that loads boto3, and only the worker imports it.

Every message is handed over as MIME: one form for all, the same that SMTP gets. The role that sends needs
`ses:SendRawEmail` for it, and `ses:GetAccount` to know its quota.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from mailroom.config.transport import SesSettings
from mailroom.delivery.mime import envelope_sender
from mailroom.delivery.transport import Quota, QuotaUsedUp, Refused, Throttled, TransportError, Unavailable, Write
from mailroom.messages.entities import Message

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_CONNECT_SECONDS = 3
_READ_SECONDS = 10
# What SES says of the message, not of itself or of our account:
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
_REFUSALS = frozenset(
    {
        "BadRequestException",
        "InvalidParameterValue",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "NotFoundException",
    }
)
_THROTTLINGS = frozenset({"LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException"})
# https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
_DAY_IS_OVER = "daily message quota exceeded"


class SesTransport:
    """Sends through SES. Endpoint and authority come from AWS_ENDPOINT_URL and AWS_CA_BUNDLE where they are set."""

    def __init__(self, client: SESV2Client, write: Write) -> None:
        self._client = client
        self._write = write

    def send(self, message: Message) -> str:
        """Hand the message to SES and return SES's id of it. Raises Refused or Unavailable.

        A call that times out is Unavailable, though SES may have taken the message: then it is sent twice.
        """
        mail = self._write(message)
        try:
            answer = self._client.send_email(
                FromEmailAddress=envelope_sender(message),
                Destination={"ToAddresses": [message.recipient]},
                Content={"Raw": {"Data": mail}},
            )
        except ParamValidationError as error:
            raise Refused("ParamValidation", f"SES can't be asked to send this: {error}") from None
        except (ClientError, BotoCoreError) as error:
            raise _told(error) from error
        return answer["MessageId"]

    def quota(self) -> Quota:
        """Return the account's quota in this region. Raises Unavailable."""
        try:
            found = self._client.get_account().get("SendQuota", {})
        except (ClientError, BotoCoreError) as error:
            told = _told(error)
            raise Unavailable(told.code, told.reason) from error
        return Quota(
            rate=_limit(found.get("MaxSendRate")),
            per_day=_limit(found.get("Max24HourSend")),
            sent=found.get("SentLast24Hours", 0.0),
        )

    def close(self) -> None:
        """End the connections to SES."""
        self._client.close()


def ses_transport(settings: SesSettings, connections: int, write: Write) -> SesTransport:
    """Return a transport for a region. Without a credentials file the host's instance profile is asked.

    One attempt a call: the queue does the retrying, where it is counted and survives a restart.
    """
    session = botocore.session.get_session()
    if settings.credentials is not None:
        session.set_config_variable("credentials_file", str(settings.credentials))
    client: SESV2Client = boto3.Session(botocore_session=session, region_name=settings.region).client(
        "sesv2",
        config=Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": 1},
            max_pool_connections=connections,
        ),
    )
    return SesTransport(client, write)


def _told(error: ClientError | BotoCoreError) -> TransportError:
    """Return what SES said in our own words: whose fault it is, and whether it may pass."""
    if isinstance(error, BotoCoreError):
        code = type(error).__name__
        return Unavailable(code, f"SES could not be asked: {code}")
    found = error.response.get("Error", {})
    code, text = found.get("Code", "Unknown"), found.get("Message", "")
    kind: type[TransportError] = Unavailable
    if code in _REFUSALS:
        kind = Refused
    elif code in _THROTTLINGS:
        kind = QuotaUsedUp if _DAY_IS_OVER in text.lower() else Throttled
    return kind(code, f"SES answered {code}: {text}")


def _limit(found: float | None) -> float | None:
    """Return a limit. SES says -1 where there is none."""
    return found if found is not None and found >= 0 else None

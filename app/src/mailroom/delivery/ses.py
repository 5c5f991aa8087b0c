"""Amazon SES (API version 2) as a transport. The only module that loads boto3, and only the worker imports it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from mailroom.delivery.transport import Refused, Unavailable
from mailroom.messages.entities import Message

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import BodyTypeDef

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


class SesTransport:
    """Sends through SES. Endpoint and authority come from AWS_ENDPOINT_URL and AWS_CA_BUNDLE where they are set."""

    def __init__(self, client: SESV2Client) -> None:
        self._client = client

    def send(self, message: Message) -> str:
        """Hand the message to SES and return SES's id of it. Raises Refused or Unavailable.

        A call that times out is Unavailable, though SES may have taken the message: then it is sent twice.
        """
        try:
            answer = self._client.send_email(
                FromEmailAddress=message.sender,
                Destination={"ToAddresses": [message.recipient]},
                Content={
                    "Simple": {
                        "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                        "Body": _body(message),
                    }
                },
            )
        except ClientError as error:
            found = error.response.get("Error", {})
            code = found.get("Code", "Unknown")
            kind = Refused if code in _REFUSALS else Unavailable
            raise kind(code, f"SES answered {code}: {found.get('Message', '')}") from None
        except ParamValidationError as error:
            raise Refused("ParamValidation", f"SES can't be asked to send this: {error}") from None
        except BotoCoreError as error:
            code = type(error).__name__
            raise Unavailable(code, f"SES could not be asked: {code}") from error
        return answer["MessageId"]


def ses_transport(region: str, credentials: Path | None, connections: int) -> SesTransport:
    """Return a transport for a region. Without a credentials file the host's instance profile is asked.

    One attempt a call: the queue does the retrying, where it is counted and survives a restart.
    """
    session = botocore.session.get_session()
    if credentials is not None:
        session.set_config_variable("credentials_file", str(credentials))
    client: SESV2Client = boto3.Session(botocore_session=session, region_name=region).client(
        "sesv2",
        config=Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": 1},
            max_pool_connections=connections,
        ),
    )
    return SesTransport(client)


def _body(message: Message) -> BodyTypeDef:
    body: BodyTypeDef = {"Text": {"Data": message.text, "Charset": "UTF-8"}}
    if message.html is not None:
        body["Html"] = {"Data": message.html, "Charset": "UTF-8"}
    return body

"""What SNS posts (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from mailroom.feedback.entities import Notice, NoticeType, Outcome
from mailroom.web.shapes import Asked, Shown

_URL_CHARACTERS = 2048
# SNS's own limit, of all of it.
_MESSAGE_CHARACTERS = 256 * 1024
_Word = Annotated[str, Field(min_length=1, max_length=_URL_CHARACTERS)]

_CONFIRMATIONS_ARE_WHOLE: JsonDict = {
    "if": {"properties": {"Type": {"const": "Notification"}}, "required": ["Type"]},
    "else": {
        "properties": {"Token": {"type": "string"}, "SubscribeURL": {"type": "string"}},
        "required": ["Token", "SubscribeURL"],
    },
}


class SnsDelivery(Asked):
    """A delivery of SNS. It may have more fields than these: SNS adds some as it likes."""

    model_config = ConfigDict(extra="ignore", json_schema_extra=_CONFIRMATIONS_ARE_WHOLE)

    type: Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"] = Field(alias="Type")
    message_id: str = Field(alias="MessageId", pattern=r"^[A-Za-z0-9-]{1,100}$")
    topic: str = Field(alias="TopicArn", min_length=1, max_length=512)
    message: str = Field(alias="Message", max_length=_MESSAGE_CHARACTERS)
    timestamp: str = Field(alias="Timestamp", max_length=40)
    signature_version: str = Field(alias="SignatureVersion", max_length=8)
    signature: _Word = Field(alias="Signature")
    certificate_url: _Word = Field(alias="SigningCertURL")
    subject: str | None = Field(default=None, alias="Subject", max_length=1024)
    token: _Word | None = Field(default=None, alias="Token")
    subscribe_url: _Word | None = Field(default=None, alias="SubscribeURL")

    @model_validator(mode="after")
    def _confirmations_are_whole(self) -> Self:
        if self.type != NoticeType.NOTIFICATION.value and None in {self.token, self.subscribe_url}:
            raise ValueError("A confirmation needs Token and SubscribeURL.")
        return self

    def notice(self) -> Notice:
        """Return what was delivered."""
        return Notice(
            type=NoticeType(self.type),
            id=self.message_id,
            topic=self.topic,
            message=self.message,
            timestamp=self.timestamp,
            signature_version=self.signature_version,
            signature=self.signature,
            certificate_url=self.certificate_url,
            subject=self.subject,
            token=self.token,
            subscribe_url=self.subscribe_url,
        )


class TakenNotice(Shown):
    """What came of a delivery."""

    outcome: Outcome

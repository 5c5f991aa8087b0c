"""Which transport there is, by the settings."""

from __future__ import annotations

from mailroom.config.transport import LogSettings, SmtpSettings, TransportSettings
from mailroom.delivery.log_transport import LogTransport
from mailroom.delivery.transport import QuotaSource, Transport, Write


def open_transport(settings: TransportSettings, connections: int, write: Write) -> tuple[Transport, QuotaSource | None]:
    """Return the transport, for so many messages at once, and who tells its quota: SES alone does."""
    if isinstance(settings, LogSettings):
        return LogTransport(write), None
    if isinstance(settings, SmtpSettings):
        from mailroom.delivery.smtp import SmtpTransport  # noqa: PLC0415 - who sends by SES needs no smtplib

        return SmtpTransport(settings, write), None
    from mailroom.delivery.ses import ses_transport  # noqa: PLC0415 - boto3 takes 30 MB, which only SES needs

    ses = ses_transport(settings, connections, write)
    return ses, ses

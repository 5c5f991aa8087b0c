"""A mail server as a transport: SMTP over TLS, from the first byte or by STARTTLS, its certificate checked."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections import deque
from contextlib import suppress

from mailroom.config.transport import Security, SmtpSettings
from mailroom.delivery.mime import envelope_sender
from mailroom.delivery.transport import QuotaUsedUp, Refused, Throttled, TransportError, Unavailable, Write
from mailroom.errors import ConfigurationError
from mailroom.messages.entities import Message

logger = logging.getLogger(__name__)

# For each answer. A server may look through a mail before it takes it: RFC 5321, 4.5.3.2, allows 10 minutes for that,
# which would hold up the end of the worker; who hangs up too early gets the mail taken twice.
_SECONDS = 10.0
_TAKING_SECONDS = 25.0
_OK = frozenset({250, 251})
_FINAL = 500
# It's our login that is wrong, not the message (RFC 4954, 6).
_ABOUT_THE_LOGIN = frozenset({530, 534, 535, 538})
_LONGEST_ID = 200


class SmtpTransport:
    """Sends through a mail server, on connections that are kept: at most as many as messages were in hand at once.

    Raises ConfigurationError where the authority can't be read. `timeout` is in seconds, for each answer.
    """

    def __init__(self, settings: SmtpSettings, write: Write, timeout: float = _SECONDS) -> None:
        self._settings = settings
        self._write = write
        self._timeout = timeout
        self._context = _context(settings)
        self._idle: deque[smtplib.SMTP] = deque()

    def send(self, message: Message) -> str:
        """Hand the message over and return what the server said as it took it. Raises Refused or Unavailable.

        A server that goes silent after the last byte is Unavailable, though it may have taken the message.
        """
        mail = self._write(message)
        try:
            connection = self._connection()
            try:
                answer = _hand_over(connection, message, mail)
            except TransportError:
                # The server answered: the connection is as good as before once it has forgotten this mail.
                self._keep(connection)
                raise
            except BaseException:
                connection.close()
                raise
        except smtplib.SMTPResponseException as error:
            raise _said(error.smtp_code, error.smtp_error, ours=True) from error
        except (smtplib.SMTPException, OSError) as error:
            code = type(error).__name__
            raise Unavailable(code, f"The mail server could not be asked: {code}") from error
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Say goodbye on all connections."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()

    def _connection(self) -> smtplib.SMTP:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connect()
            # Servers end what was idle for too long.
            with suppress(smtplib.SMTPException, OSError):
                if connection.noop()[0] in _OK:
                    return connection
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security is Security.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=self._timeout, context=self._context
            )
        else:
            connection = smtplib.SMTP(settings.host, settings.port, timeout=self._timeout)
        try:
            if settings.security is Security.STARTTLS:
                connection.starttls(context=self._context)
            if settings.user is not None:
                connection.login(settings.user, settings.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self, connection: smtplib.SMTP) -> None:
        with suppress(smtplib.SMTPException, OSError):
            if connection.rset()[0] in _OK:
                self._idle.append(connection)
                return
        connection.close()


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.authority)
    except OSError as error:
        raise ConfigurationError(f"MAILROOM_SMTP_CA_FILE is {str(settings.authority)!r}: {error}") from error


def _hand_over(connection: smtplib.SMTP, message: Message, mail: bytes) -> str:
    connection.ehlo_or_helo_if_needed()
    for code, text in (
        connection.mail(envelope_sender(message), _size(connection, mail)),
        connection.rcpt(message.recipient),
    ):
        if code not in _OK:
            raise _said(code, text)
    try:
        code, text = _patiently(connection, mail)
    except smtplib.SMTPDataError as error:
        raise _said(error.smtp_code, error.smtp_error) from error
    if code not in _OK:
        raise _said(code, text)
    return text.decode("ascii", "replace")[:_LONGEST_ID]


def _patiently(connection: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
    socket = connection.sock
    if socket is None:
        raise smtplib.SMTPServerDisconnected("it hung up before the mail was sent")
    before = socket.gettimeout()
    socket.settimeout(max(before or 0, _TAKING_SECONDS))
    answer = connection.data(mail)
    socket.settimeout(before)
    return answer


def _size(connection: smtplib.SMTP, mail: bytes) -> list[str]:
    """Return the option by which a server that can't take so much says so before it gets it (RFC 1870)."""
    return [f"SIZE={len(mail)}"] if connection.has_extn("size") else []


def _said(code: int, text: bytes | str, *, ours: bool = False) -> TransportError:
    """Return what an answer means: 5xx is final, unless it is about us and not the message; all else may pass."""
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    name, reason = f"Smtp{code}", f"The mail server answered {code}: {told}"
    if code >= _FINAL and not ours and code not in _ABOUT_THE_LOGIN:
        return Refused(name, reason)
    # SES by SMTP: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
    if "daily message quota exceeded" in told.lower():
        return QuotaUsedUp(name, reason)
    return Throttled(name, reason) if "throttling" in told.lower() else Unavailable(name, reason)

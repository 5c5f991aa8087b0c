"""A real mail server on this machine, with a certificate of its own, that answers as it is told to."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailroom.config.transport import Security, SmtpSettings
from support.ports import free_port

USER, PASSWORD = "mailroom", "smtp-password"


@dataclass
class Mailbox:
    """What the server took, how many connections it had, and what it answers to whom instead of taking it."""

    taken: list[Envelope] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    at_recipient: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    hang_up_after: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, options
        self.connections.add(session.peer)
        if self.at_recipient:
            return self.at_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - same
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del session
        if self.at_data:
            return self.at_data.pop(0)
        self.taken.append(envelope)
        if self.hang_up_after and server.transport is not None:
            server.transport.close()
        return f"250 OK queued-{len(self.taken)}"


class Certificates:
    """An authority, and a certificate of it for 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self.context)


@contextmanager
def mail_server(
    mailbox: Mailbox, certificates: Certificates, security: Security = Security.STARTTLS
) -> Iterator[SmtpSettings]:
    """Run it and return how to reach it, with its login."""
    # It tells of every connection, on a thread of its own, after the test that it belongs to.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    port = free_port()
    at_once = security is Security.TLS
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=_authenticate,
        # aiosmtpd knows of TLS only where it began it.
        auth_required=not at_once,
        auth_require_tls=not at_once,
        ssl_context=certificates.context if at_once else None,
        tls_context=None if at_once else certificates.context,
    )
    controller.start()
    try:
        yield SmtpSettings("127.0.0.1", port, security, USER, PASSWORD, certificates.authority)
    finally:
        controller.stop()


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object) -> AuthResult:
    good = isinstance(login, LoginPassword) and (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)

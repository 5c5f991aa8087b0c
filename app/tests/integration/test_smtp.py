"""SMTP as a transport, against a real mail server with TLS."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest

from mailroom.config.transport import Security, SmtpSettings
from mailroom.delivery.mime import writer
from mailroom.delivery.smtp import SmtpTransport
from mailroom.delivery.transport import QuotaUsedUp, Refused, Throttled, TransportError, Unavailable
from mailroom.errors import ConfigurationError
from support.fakes import a_message
from support.ports import free_port
from support.smtp import Certificates, Mailbox, mail_server


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox, certificates: Certificates) -> Iterator[SmtpSettings]:
    with mail_server(mailbox, certificates) as settings:
        yield settings


@pytest.fixture
def transport(server: SmtpSettings) -> Iterator[SmtpTransport]:
    with closing(SmtpTransport(server, writer())) as transport:
        yield transport


@pytest.mark.parametrize("security", Security)
def test_a_message_arrives_by_tls_after_a_login(
    mailbox: Mailbox, certificates: Certificates, security: Security
) -> None:
    message = replace(a_message(), sender="Mailroom <noreply@mailroom.test>", subject="Grüße", text="a\n.\nb")
    with (
        mail_server(mailbox, certificates, security) as settings,
        closing(SmtpTransport(settings, writer())) as transport,
    ):
        assert transport.send(message) == "OK queued-1"

    (taken,) = mailbox.taken
    assert (taken.mail_from, taken.rcpt_tos) == ("noreply@mailroom.test", ["ann@example.com"])
    assert isinstance(taken.content, bytes)
    assert message_from_bytes(taken.content)["Message-ID"] == f"<{message.id}@mailroom.test>"
    assert b"a\r\n.\r\nb" in taken.content


def test_a_connection_is_used_again(transport: SmtpTransport, mailbox: Mailbox) -> None:
    for _ in range(3):
        transport.send(a_message())

    assert len(mailbox.taken) == 3
    assert len(mailbox.connections) == 1


def test_a_connection_that_the_server_ended_is_made_anew(transport: SmtpTransport, mailbox: Mailbox) -> None:
    transport.send(a_message())
    connection = transport._idle[0]  # noqa: SLF001 - what the server does to it after a while
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)

    transport.send(a_message())

    assert len(mailbox.connections) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 5.1.1 No such user", Refused),
        ("552 5.3.4 Too big", Refused),
        ("450 4.2.0 Try later", Unavailable),
        ("452 4.3.1 Full", Unavailable),
        ("530 5.7.0 Login first", Unavailable),
        ("454 Throttling failure: Maximum sending rate exceeded", Throttled),
        ("454 Throttling failure: Daily message quota exceeded", QuotaUsedUp),
    ],
)
@pytest.mark.parametrize("when", ["at_recipient", "at_data"])
def test_what_the_server_says_decides_whether_it_is_tried_again(
    transport: SmtpTransport, mailbox: Mailbox, answer: str, kind: type[TransportError], when: str
) -> None:
    getattr(mailbox, when).append(answer)

    with pytest.raises(TransportError) as caught:
        transport.send(a_message())

    assert type(caught.value) is kind
    assert caught.value.code == f"Smtp{answer[:3]}"
    assert caught.value.reason == f"The mail server answered {answer[:3]}: {answer[4:]}"
    assert transport.send(a_message()) == "OK queued-1"
    assert len(mailbox.connections) == 1


def test_a_server_that_hangs_up_may_come_back(transport: SmtpTransport, mailbox: Mailbox) -> None:
    mailbox.hang_up_after = True

    with pytest.raises(Unavailable, match="The mail server could not be asked: SMTPServerDisconnected"):
        transport.send(a_message())

    mailbox.hang_up_after = False
    assert transport.send(a_message()) == "OK queued-2"


def test_a_wrong_password_is_our_fault_and_not_the_messages(server: SmtpSettings) -> None:
    transport = SmtpTransport(replace(server, password="wrong"), writer())

    with pytest.raises(Unavailable, match=r"^The mail server answered 535: ") as caught:
        transport.send(a_message())

    assert caught.value.code == "Smtp535"


def test_without_a_login_where_one_is_asked_for_nothing_is_refused(server: SmtpSettings) -> None:
    transport = SmtpTransport(replace(server, user=None), writer())

    with closing(transport), pytest.raises(Unavailable, match="The mail server answered 530"):
        transport.send(a_message())


@pytest.mark.parametrize("security", Security)
def test_a_server_whose_certificate_nobody_vouches_for_gets_no_mail(
    mailbox: Mailbox, certificates: Certificates, security: Security
) -> None:
    with mail_server(mailbox, certificates, security) as settings:
        transport = SmtpTransport(replace(settings, authority=None), writer())
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            transport.send(a_message())

    assert mailbox.taken == []


def test_a_certificate_of_another_name_is_as_bad(server: SmtpSettings, mailbox: Mailbox) -> None:
    transport = SmtpTransport(replace(server, host="localhost"), writer())

    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        transport.send(a_message())

    assert mailbox.taken == []


def test_a_server_that_isnt_there_may_come_back(certificates: Certificates) -> None:
    settings = SmtpSettings("127.0.0.1", free_port(), authority=certificates.authority)

    with pytest.raises(Unavailable, match="The mail server could not be asked: ConnectionRefusedError"):
        SmtpTransport(settings, writer()).send(a_message())


def test_a_server_that_never_answers_is_given_up(certificates: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = SmtpSettings("127.0.0.1", silent.getsockname()[1], authority=certificates.authority)

        with pytest.raises(Unavailable, match="The mail server could not be asked: SMTPServerDisconnected"):
            SmtpTransport(settings, writer(), timeout=0.2).send(a_message())


def test_an_authority_that_is_none_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")

    with pytest.raises(ConfigurationError, match=f"MAILROOM_SMTP_CA_FILE is '{path}': "):
        SmtpTransport(SmtpSettings("127.0.0.1", 25, authority=path), writer())


def test_a_mail_that_cant_be_written_never_reaches_the_server(server: SmtpSettings, mailbox: Mailbox) -> None:
    with pytest.raises(Refused, match="It can't be written as a mail"):
        SmtpTransport(server, writer()).send(replace(a_message(), subject="a\nb"))

    assert mailbox.connections == set()

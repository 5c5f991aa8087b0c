"""A host's keys are read from what it prints on its console."""

from __future__ import annotations

import pytest
from ansible.module_utils.host_keys import BEGIN, END, HostKey, keys_on, last_lines

from tests.unit.library.console import ECDSA, ED25519, FINGERPRINTS, RSA, console

KEYS = [HostKey(*line.split()[:2]) for line in (ECDSA, ED25519, RSA)]


def test_every_key_between_the_marks_is_read() -> None:
    assert keys_on(console()) == KEYS


def test_a_fingerprint_is_the_one_that_ssh_keygen_shows() -> None:
    assert [key.fingerprint() for key in KEYS] == FINGERPRINTS


def test_keys_that_are_still_being_printed_are_waited_for() -> None:
    assert keys_on(console().replace(END, "")) == []


def test_keys_whose_beginning_is_gone_are_not_taken() -> None:
    assert keys_on(console().replace(BEGIN, "")) == []


def test_a_key_outside_the_marks_is_none() -> None:
    assert keys_on(f"{ED25519}\n{BEGIN}\n{END}\n{ED25519}\n") == []


def test_of_keys_that_were_printed_twice_the_last_count() -> None:
    assert keys_on(console(ECDSA) + console(ED25519)) == [KEYS[1]]


@pytest.mark.parametrize(
    "text",
    [
        console().replace("\n", "\r\n"),
        console().replace("ssh-ed25519", "<14>Nov 23 04:23:01 cloud-init: ssh-ed25519"),
        console().replace("ssh-ed25519", "[   12.3456] audit: backlog limit exceeded\nssh-ed25519"),
        console().replace(" root@app-1", ""),
    ],
    ids=["carriage returns", "syslog's prefix", "a line between", "no comment"],
)
def test_keys_are_read_however_the_console_writes_its_lines(text: str) -> None:
    assert keys_on(text) == KEYS


@pytest.mark.parametrize(
    "damaged",
    [
        ED25519.replace("RvBKpKYx", "[  OK  ] Started"),
        ED25519.replace("RvBKpKYx", ""),
        ED25519.replace("RvBKpKYxUR", "RvBK"),
        ED25519.replace("ssh-ed25519", "ssh-rsa"),
        ED25519.replace("AAAAC3Nz", "AAAAD3Nz"),
    ],
    ids=["written over", "shorter", "not base64", "another type", "another length"],
)
def test_a_key_that_another_line_damaged_is_left_out(damaged: str) -> None:
    assert keys_on(console(damaged, RSA)) == [KEYS[2]]


def test_the_last_lines_are_fit_to_be_shown() -> None:
    text = "one\ntwo\n\n\x1b[0;32m  OK  \x1b[0m three\x07\r\n   \n"

    assert last_lines(text, 2) == ["two", "  OK   three"]

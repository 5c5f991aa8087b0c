"""The module `console_host_keys` knows a new host's keys before the first connection."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from library import console_host_keys
from tests.unit.library.console import ECDSA, ED25519, FINGERPRINTS, RSA, booting, console

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

MISSING = "i-0123456789abcdef0"


@pytest.fixture
def instance(aws: SimulatedAws) -> str:
    """A running instance."""
    return str(
        aws.ask("ec2", "run_instances", ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    )


@pytest.fixture
def shows(instance: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set what instances show on their console."""
    from moto.ec2.responses import general  # noqa: PLC0415 - it takes a second

    del instance
    return lambda text: monkeypatch.setattr(general, "SAMPLE_CONSOLE_OUTPUT", text)


@pytest.fixture
def read(run_module: Callable[..., Outcome], instance: str) -> Callable[..., Outcome]:
    """Read the console, quickly."""

    def run(*, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        arguments = {"instance_id": instance, "names": ["app-1"], "timeout": 0, "every": 0.05, **more}
        return run_module(console_host_keys.main, arguments, check=check)

    return run


def test_the_keys_come_as_lines_for_each_name(read: Callable[..., Outcome], shows: Callable[[str], None]) -> None:
    shows(console())
    outcome = read(names=["app-1", "[10.0.1.10]:2222"])
    keys = [" ".join(line.split()[:2]) for line in (ECDSA, ED25519, RSA)]

    assert not outcome.changed
    assert outcome.result["known_hosts"] == [f"{name} {key}" for name in ("app-1", "[10.0.1.10]:2222") for key in keys]
    assert [key["fingerprint"] for key in outcome.result["keys"]] == FINGERPRINTS
    assert [key["type"] for key in outcome.result["keys"]] == ["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"]


def test_check_mode_reads_them_too(read: Callable[..., Outcome], shows: Callable[[str], None]) -> None:
    shows(console())
    outcome = read(check=True)

    assert not outcome.changed
    assert len(outcome.result["known_hosts"]) == 3


def test_keys_that_come_in_time_are_waited_for(read: Callable[..., Outcome], shows: Callable[[str], None]) -> None:
    shows(booting())
    printing = threading.Timer(0.3, shows, [console()])
    printing.start()
    outcome = read(timeout=60)
    printing.join()

    assert len(outcome.result["known_hosts"]) == 3
    assert outcome.result["seconds"] >= 0.1


def test_a_console_without_keys_fails_in_time_with_its_last_lines_and_what_to_do(
    read: Callable[..., Outcome], shows: Callable[[str], None], instance: str
) -> None:
    shows(booting())
    outcome = read(timeout=0.2)

    assert outcome.failed
    assert outcome.message.startswith(
        f"{instance} has shown no SSH host keys on its console in 0.2 s, and is running: if it still boots, run this "
        "again."
    )
    assert "as root, over Session Manager or the serial console: /usr/lib/cloud-init/write-ssh-key" in outcome.message
    assert outcome.message.endswith(
        "The end of its console:\n"
        "  [    0.000000] Linux version 6.12\n  [  OK  ] Reached target network.target - Network."
    )


def test_an_empty_console_is_told_as_such(read: Callable[..., Outcome], shows: Callable[[str], None]) -> None:
    shows("")

    assert read().message.endswith("\nIts console is empty.")


def test_an_instance_that_stopped_is_not_waited_for(
    read: Callable[..., Outcome], shows: Callable[[str], None], aws: SimulatedAws, instance: str
) -> None:
    shows(booting())
    aws.ask("ec2", "stop_instances", InstanceIds=[instance])

    assert f"{instance} has shown no SSH host keys on its console and is stopped: start or" in read(timeout=60).message


def test_an_instance_that_cannot_show_its_console_as_it_is_shows_it_as_it_was(
    read: Callable[..., Outcome], shows: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.ec2.exceptions import EC2ClientError  # noqa: PLC0415 - it takes a second
    from moto.ec2.responses.general import General  # noqa: PLC0415

    buffered = General.get_console_output

    def get_console_output(self: General) -> object:
        if self._get_param("Latest") == "true":
            raise EC2ClientError("UnsupportedOperation", "This instance type does not support retrieving the latest")
        return buffered(self)

    monkeypatch.setattr(General, "get_console_output", get_console_output)
    shows(console())

    assert len(read().result["known_hosts"]) == 3


def test_an_instance_that_is_not_there_is_told_with_aws_reason(read: Callable[..., Outcome]) -> None:
    outcome = read(instance_id=MISSING)

    assert outcome.failed
    assert outcome.message.startswith(
        f"Can't read the console of {MISSING}: An error occurred (InvalidInstanceID.NotFound)"
    )


@pytest.mark.parametrize("names", [[], ["app-1,10.0.1.10"], ["app 1"], [""]])
def test_names_that_would_spoil_known_hosts_are_refused(read: Callable[..., Outcome], names: list[str]) -> None:
    assert read(names=names).message == "names must be given, each without spaces and commas."

"""The logs of all hosts are found where they are kept, and nobody else can put any there."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.environment import environment_under_test
from tests.infra.outside import first_answer
from tests.infra.sockets import listening

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://all"]

DOOR = 19532
TLS = "/etc/slipway/journal/tls"
STORE = "/var/log/journal/remote"
LIMIT = 5.0  # seconds until a line can be found


def receiver() -> str:
    """Return the name of the host that keeps the journals, which is the first of its group in the inventory."""
    return str(next(iter(environment_under_test().hosts.values()))["journal_receiver"])


def name_of(host: Host) -> str:
    return str(host.ansible.get_variables()["inventory_hostname"])


def senders() -> list[str]:
    return sorted(set(environment_under_test().hosts) - {receiver()})


def only_on(host: Host, *, sender: bool) -> None:
    """Skip a test that isn't about this host."""
    if sender == (name_of(host) == receiver()):
        pytest.skip(f"{name_of(host)} {'keeps journals' if sender else 'pushes its journal'}")
    if not senders():
        pytest.skip("the environment's only host reads its own journal")


def search(host: Host, *words: str) -> list[dict[str, Any]]:
    """Return what a search on a receiver finds."""
    return [json.loads(line) for line in host.check_output(" ".join(["slipway-logs", *words])).splitlines()]


@pytest.fixture
def keeper(host: Host) -> Host:
    """The host that keeps the journals, over a connection of its own."""
    return host.get_host(f"ansible://{receiver()}", ansible_inventory=host.backend.ansible_inventory)


def test_a_line_that_a_host_writes_is_soon_found_where_all_are_kept(host: Host, keeper: Host) -> None:
    given = f"verify-{uuid.uuid4().hex}"
    line = json.dumps({"level": "WARNING", "request_id": given, "message": "a line of the tests"})

    host.run_expect([0], "systemd-cat --identifier=slipway-verify echo %s", line)
    until = time.monotonic() + LIMIT
    # sudo writes down the commands of these tests, with the id in them; that is a line too, of no request.
    while not (found := [one for one in search(keeper, f"--request={given}") if one["request_id"]]):
        assert time.monotonic() < until, f"the line of {name_of(host)} wasn't found within {LIMIT:.0f} s"
        time.sleep(0.2)

    assert [(one["host"], one["level"], one["request_id"]) for one in found] == [(name_of(host), "warning", given)]
    assert len(search(keeper, f"--request={given}", "--level=warning", f"--host={name_of(host)}")) == 1
    assert search(keeper, f"--request={given}", "--level=error") == []


def test_the_hosts_own_journal_has_limits_of_age_too(host: Host) -> None:
    settings = host.check_output("systemd-analyze cat-config systemd/journald.conf").splitlines()

    assert [line for line in settings if line.startswith(("MaxRetentionSec=", "MaxFileSec="))]


def test_a_sender_pushes_and_remembers_how_far_it_came(host: Host) -> None:
    only_on(host, sender=True)

    assert host.service("systemd-journal-upload").is_running
    assert host.service("systemd-journal-upload").is_enabled
    assert "LAST_CURSOR=" in host.file("/var/lib/systemd/journal-upload/state").content_string


@pytest.mark.parametrize("name", ["certificate.pem", "authority.pem"])
def test_a_key_is_roots_alone_and_what_belongs_to_it_is_not_to_be_changed(host: Host, name: str) -> None:
    if not senders():
        pytest.skip("the environment's only host reads its own journal")

    assert (host.file(TLS).user, host.file(TLS).mode) == ("root", 0o700)
    key = host.file(f"{TLS}/certificate.pem.key")
    assert (key.user, key.mode) == ("root", 0o600)
    assert (host.file(f"{TLS}/{name}").user, host.file(f"{TLS}/{name}").mode) == ("root", 0o644)


def test_nobody_but_root_and_the_log_readers_reads_what_is_kept(host: Host) -> None:
    only_on(host, sender=False)

    store = host.file(STORE)
    assert (store.user, store.group, store.mode & 0o007) == ("systemd-journal-remote", "systemd-journal", 0)
    assert host.file("/etc/slipway/journal/authority").mode == 0o700
    for sender in senders():
        journal = host.file(f"{STORE}/{sender}/{sender}.journal")
        assert (journal.user, journal.group, journal.mode & 0o007) == ("systemd-journal-remote", "systemd-journal", 0)


def test_only_haproxy_listens_and_only_it_reaches_a_receiver(host: Host) -> None:
    only_on(host, sender=False)

    assert {port for _, port in listening(host, "systemd-journal")} == set()
    assert {port for _, port in listening(host, "haproxy")} == {DOOR}
    for sender in senders():
        socket = host.file(f"/run/slipway-journal/{sender}.sock")
        assert (socket.user, socket.mode) == ("haproxy", 0o600)


def test_old_journals_are_thrown_away_every_night(host: Host) -> None:
    only_on(host, sender=False)

    assert host.service("slipway-journal-keep.timer").is_running
    assert host.service("slipway-journal-keep.timer").is_enabled
    host.run_expect([0], "systemctl start slipway-journal-keep.service")


def test_the_control_node_gets_no_answer_at_the_door(host: Host) -> None:
    assert first_answer(host, DOOR, b"POST /upload HTTP/1.1\r\nHost: x\r\n\r\n") is None


def test_the_door_is_shut_to_who_has_no_certificate(host: Host, keeper: Host) -> None:
    only_on(host, sender=True)
    address = keeper.ansible.get_variables()["ansible_host"]
    ask = "curl --silent --show-error --max-time 10 --cacert %s --request POST --data x https://%s:%s/upload"

    refused = host.run(ask, f"{TLS}/authority.pem", address, str(DOOR))

    assert refused.rc != 0
    assert "certificate required" in refused.stderr

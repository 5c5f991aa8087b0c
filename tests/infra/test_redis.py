"""Redis: in memory only, and only for those who have a password. Nothing here has one, or changes a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.outside import first_answer

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://db"]


def directives(host: Host) -> dict[str, str]:
    """Return what the configuration file says, the last of each directive."""
    lines = host.file("/etc/redis/redis.conf").content_string.splitlines()
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def users(host: Host) -> dict[str, list[str]]:
    """Return each user's rules."""
    lines = host.file("/etc/redis/users.acl").content_string.splitlines()
    return {words[1]: words[2:] for words in map(str.split, lines)}


def test_redis_runs_and_comes_back_after_a_reboot(host: Host) -> None:
    assert host.service("redis-server").is_running
    assert host.service("redis-server").is_enabled


def test_it_listens_on_named_addresses_only(host: Host) -> None:
    listening = host.check_output("ss -Hltn 'sport = :6379'").split("\n")

    assert [line for line in listening if line.split()[3] in {"0.0.0.0:6379", "[::]:6379", "*:6379"}] == []
    assert any("127.0.0.1:6379" in line for line in listening)


def test_it_gives_no_answer_to_the_outside(host: Host) -> None:
    assert first_answer(host, 6379, b"PING\r\n") is None


@pytest.mark.parametrize("command", ["PING", "INFO", "GET mailroom:x", "CONFIG GET maxmemory"])
def test_a_client_without_a_password_gets_nothing(host: Host, command: str) -> None:
    assert host.check_output(f"redis-cli {command}") == "NOAUTH Authentication required."


def test_a_client_with_a_wrong_password_gets_nothing(host: Host) -> None:
    service = next(name for name in users(host) if name != "default")

    said = host.run("REDISCLI_AUTH=wrong redis-cli --user %s PING", service)

    assert "WRONGPASS" in said.stdout + said.stderr
    assert "PONG" not in said.stdout


def test_the_default_user_is_off(host: Host) -> None:
    assert users(host)["default"] == ["off", "resetkeys", "resetchannels", "-@all"]


def test_no_user_is_without_a_password(host: Host) -> None:
    rules = {name: rule for name, rule in users(host).items() if name != "default"}

    assert rules
    assert [name for name, rule in rules.items() if "nopass" in rule or not any(r.startswith("#") for r in rule)] == []


def test_no_user_reaches_all_keys_or_all_commands(host: Host) -> None:
    too_much = {"~*", "allkeys", "+@all", "allcommands", "allchannels", "&*", "+@admin", "+@dangerous"}

    assert [name for name, rule in users(host).items() if too_much & set(rule)] == []


def test_the_service_is_kept_from_what_is_dangerous(host: Host) -> None:
    service = next(rule for name, rule in users(host).items() if any(r.startswith("~") for r in rule))

    assert service[-2:] == ["-@admin", "-@dangerous"]


def test_only_hashes_of_the_passwords_are_on_the_host(host: Host) -> None:
    file = host.file("/etc/redis/users.acl")

    assert (file.user, file.group, file.mode) == ("root", "redis", 0o640)
    assert [name for name, rule in users(host).items() if any(r.startswith(">") for r in rule)] == []


def test_nothing_is_written_to_the_disk(host: Host) -> None:
    said = directives(host)

    assert (said["save"], said["appendonly"]) == ('""', "no")
    assert not host.file(f"/var/lib/redis/{said['dbfilename']}").exists


def test_a_full_memory_throws_old_keys_away(host: Host) -> None:
    said = directives(host)

    assert said["maxmemory"].endswith("mb")
    assert said["maxmemory-policy"] != "noeviction"


def test_the_server_runs_as_a_user_of_its_own_and_goes_first_when_memory_runs_out(host: Host) -> None:
    process = host.process.get(comm="redis-server")

    assert process.user == "redis"
    assert int(host.file(f"/proc/{process.pid}/oom_score_adj").content_string) > 0


def test_the_unit_is_hardened(host: Host) -> None:
    shown = host.check_output("systemctl show redis-server -p NoNewPrivileges,ProtectSystem,PrivateDevices,ProtectHome")

    assert sorted(shown.split()) == [
        "NoNewPrivileges=yes",
        "PrivateDevices=yes",
        "ProtectHome=yes",
        "ProtectSystem=strict",
    ]

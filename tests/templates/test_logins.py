"""While a password changes both are accepted: who may log in to PostgreSQL and Redis, and as whom Mailroom does."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from tests.templates.by_ansible import rendered, value, wired

OLD, NEW = "the-old-password-of-the-service", "the-new-password-of-the-service"
BOTH = f"2:{NEW}\n1:{OLD}"
ROLES = [
    {"name": "guestbook", "password": BOTH, "database": "guestbook", "privileges": "readwrite"},
    {"name": "watcher", "database": "guestbook", "privileges": "monitor", "auth": "peer", "os_user": "nobody"},
]
ALLOWED = [
    {"role": "guestbook", "database": "guestbook", "from": "127.0.0.1/32"},
    {"role": "guestbook", "database": "guestbook", "from": "10.20.0.0/16"},
    {"role": "watcher", "database": "guestbook", "from": "local"},
]


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_both_logins_of_a_role_may_come_from_where_it_may() -> None:
    rules = lines(
        rendered("postgresql", "etc/postgresql/17/main/pg_hba.conf", postgresql_roles=ROLES, postgresql_allowed=ALLOWED)
    )

    assert "host guestbook guestbook,guestbook_2 127.0.0.1/32 scram-sha-256" in rules
    assert "hostssl guestbook guestbook,guestbook_2 10.20.0.0/16 scram-sha-256" in rules


def test_a_role_without_a_password_has_one_login() -> None:
    text = rendered("postgresql", "etc/postgresql/17/main/pg_hba.conf", postgresql_roles=ROLES, postgresql_allowed=[])

    assert "local guestbook,postgres watcher peer map=slipway" in lines(text)
    assert "watcher_2" not in text


@pytest.mark.parametrize(
    ("password", "logins"),
    [(OLD, ["guestbook"]), (BOTH, ["guestbook_2", "guestbook"]), (f"2:{NEW}", ["guestbook_2"])],
    ids=["before", "while it changes", "afterwards"],
)
def test_only_logins_with_a_password_are_let_in(password: str, logins: list[str]) -> None:
    roles = [{**ROLES[0], "password": password}, ROLES[1]]

    assert value("postgresql", "__postgresql_logins", postgresql_roles=roles) == logins


@pytest.mark.parametrize(
    ("password", "login"), [(OLD, "mailroom"), (BOTH, "mailroom_2"), (f"3:{NEW}\n2:{OLD}", "mailroom")]
)
def test_a_release_takes_the_newest_password_and_its_login(password: str, login: str) -> None:
    given: dict[str, Any] = {"vault_postgresql_service_password": password, "vault_postgresql_owner_password": password}

    service = wired("all.yml", "mailroom_login", **given)
    owner = wired("all.yml", "mailroom_owner_login", **given)

    assert service == {"name": login, "password": password.splitlines()[0].partition(":")[2] or password}
    assert owner["name"] == login.replace("mailroom", "mailroom_owner")


def test_redis_accepts_both_passwords_of_a_user_and_knows_neither() -> None:
    text = rendered("redis", "etc/redis/users.acl", redis_password=BOTH, redis_exporter_password=OLD)
    users = {line.split()[1]: line.split() for line in text.splitlines()}

    def hashed(password: str) -> str:
        return f"#{sha256(password.encode()).hexdigest()}"

    assert [word for word in users["service"] if word.startswith("#")] == [hashed(NEW), hashed(OLD)]
    assert [word for word in users["redis_exporter"] if word.startswith("#")] == [hashed(OLD)]
    assert NEW not in text


def test_without_a_password_the_exporter_has_no_user_in_redis() -> None:
    assert "redis_exporter" not in rendered("redis", "etc/redis/users.acl", redis_password=OLD)

"""Schemathesis against the running service: all its checks and phases, as each kind of caller.

A run of the suite makes few cases, the same each time, and fewer yet for callers who are mostly refused.
`MAILROOM_CASES=2000` makes that many for each operation and caller, others each time; a failure names its seed.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailroom.access.permissions import Permission, Role
from mailroom.accounts.entities import NewUser
from mailroom.accounts.passwords import Passwords
from mailroom.accounts.users import UserService
from mailroom.db.once import units_of_work_for
from mailroom.keys.entities import hash_key

if TYPE_CHECKING:
    from conformance.conftest import Service

_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
_ALL = "a key with all permissions"
_CASES, _CASES_OF_OTHERS = 20, 6
EMAIL, PASSWORD = "far@example.com", "correct horse battery staple"
_ALLOWED_SECONDS = 3600


# A case may revoke a key and deactivate a user of any small id: the one who asks is out of reach.
_FAR = 2**40


def _key(*scopes: Permission) -> Callable[[Service], str]:
    def make(service: Service) -> str:
        key = secrets.token_hex(20)
        statement = (
            "INSERT INTO api_keys (id, name, key_hash, scopes) OVERRIDING SYSTEM VALUE VALUES (%s, 'far', %s, %s)"
        )
        service.database.rows(statement, _FAR, hash_key(key), [scope.value for scope in scopes])
        return key

    return make


def _user(role: Role) -> Callable[[Service], str]:
    def make(service: Service) -> str:
        service.database.rows("SELECT setval(pg_get_serial_sequence('users', 'id'), %s)", _FAR)
        with units_of_work_for(service.database.settings(), "test") as unit_of_work:
            UserService(unit_of_work, Passwords()).create(NewUser(EMAIL, "Far", role, PASSWORD), frozenset(Permission))
        return service.log_in(EMAIL, PASSWORD)

    return make


CREDENTIALS: Mapping[str, Callable[[Service], str]] = {
    _ALL: _key(*Permission),
    "a key that may only read messages": _key(Permission.MESSAGES_READ),
    **{f"a user who is {role}": _user(role) for role in Role},
}


@pytest.mark.parametrize("caller", CREDENTIALS)
def test_each_answer_is_one_that_the_document_promises(service: Service, caller: str, tmp_path: Path) -> None:
    credential = CREDENTIALS[caller](service)
    report = tmp_path / "report.json"

    finished = _schemathesis(service.url, credential, report, _CASES if caller == _ALL else _CASES_OF_OTHERS)

    assert finished.returncode == 0, finished.stdout + finished.stderr
    asked = json.loads(report.read_text())["operations"]
    assert (asked["tested"], asked["errored"]) == (asked["total"], 0)
    # It was somebody to the end: to refuse all would be no conformance.
    assert service.ask("/api/v1/auth/me", credential) == 200
    assert not [line for line in service.process.lines() if line["level"] in {"ERROR", "CRITICAL"}]


def _schemathesis(url: str, credential: str, report: Path, cases: int) -> subprocess.CompletedProcess[str]:
    wanted = os.environ.get("MAILROOM_CASES")
    options: Mapping[str, object] = {
        "--header": f"Authorization: Bearer {credential}",
        "--max-examples": wanted or cases,
        "--generation-database": "none",
        "--report-json-path": report,
        **({} if wanted else {"--seed": 1}),
    }
    command = [
        str(Path(sys.executable).with_name("st")),
        f"--config-file={_CONFIGURATION}",
        "--no-color",
        "run",
        f"{url}/openapi.json",
        "--continue-on-failure",
    ]
    return subprocess.run(
        [*command, *(f"{name}={value}" for name, value in options.items())],
        cwd=report.parent,
        capture_output=True,
        text=True,
        timeout=_ALLOWED_SECONDS,
        check=False,
    )

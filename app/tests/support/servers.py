"""Throw-away PostgreSQL, Redis and simulated SES, started from what is installed on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import redis
from psycopg import Connection

from support.ports import free_port, listens
from support.programs import Program, directory, running

# PostgreSQL refuses to run as root.
_UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and how to get in as its administrator."""

    host: str
    port: int
    user: str
    password: str
    database: str = ""

    @classmethod
    def from_url(cls, url: str, default_port: int) -> Server:
        """Read `scheme://user:password@host:port/database`; a query `?host=/dir` names a socket's directory."""
        parts = urlsplit(url)
        host = parts.query.removeprefix("host=") if parts.query.startswith("host=") else parts.hostname or "localhost"
        return cls(
            host=unquote(host),
            port=parts.port or default_port,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=parts.path.lstrip("/"),
        )

    def connect(self) -> Connection[Any]:
        """Connect to PostgreSQL as its administrator."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database or "postgres",
            autocommit=True,
        )


@contextmanager
def postgresql() -> Iterator[Server]:
    """Run a PostgreSQL in a temporary directory, reached through a socket there."""
    with stoppable_postgresql() as (server, _):
        yield server


@contextmanager
def stoppable_postgresql() -> Iterator[tuple[Server, Program]]:
    """Do the same, and return what stops and starts it."""
    programs = _postgresql_programs()
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    with directory(user) as home:
        (home / "password").write_text("admin-password")
        data = home / "data"
        subprocess.run(
            [
                programs / "initdb",
                *("-D", data, "-U", "admin", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "-N"),
                f"--pwfile={home / 'password'}",
            ],
            user=user,
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        server = Server(str(home), 5432, "admin", "admin-password", "postgres")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(home),
            "port": "5432",
            "fsync": "off",
            "max_connections": "60",
        }
        command: list[str | Path] = [programs / "postgres", "-D", data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with running(command, home / "log", user, lambda: _answers(server)) as program:
            yield server, program


@contextmanager
def redis_server() -> Iterator[Server]:
    """Run a Redis on a free port of 127.0.0.1, with the user `mailroom` only."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("redis-server is not installed: apt-get install redis-server, or set MAILROOM_TEST_REDIS_URL")
    server = Server("127.0.0.1", free_port(), "mailroom", "redis-password")
    with directory(None) as home:
        configuration = home / "redis.conf"
        configuration.write_text(
            f"bind 127.0.0.1\nport {server.port}\nsave ''\ndir {home}\n"
            f"user default off\nuser mailroom on >{server.password} ~* &* +@all\n"
        )
        with running([program, configuration], home / "log", None, lambda: _pongs(server)):
            yield server


@contextmanager
def simulated_aws() -> Iterator[int]:
    """Run moto's server on a free port of 127.0.0.1 and return that port."""
    port = free_port()
    program = Path(sys.executable).with_name("moto_server")
    with directory(None) as home:
        command: list[str | Path] = [program, "-H", "127.0.0.1", "-p", str(port)]
        with running(command, home / "log", None, lambda: listens(port)):
            yield port


def _postgresql_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql, or set MAILROOM_TEST_DATABASE_URL")
    return Path(on_path).resolve().parent


def _answers(server: Server) -> bool:
    try:
        server.connect().close()
    except psycopg.OperationalError:
        return False
    return True


def _pongs(server: Server) -> bool:
    with redis.Redis(host=server.host, port=server.port, username=server.user, password=server.password) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

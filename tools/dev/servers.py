"""A PostgreSQL and a Redis of this machine's own packages, in a folder, for as long as `make dev` runs.

The service gets the roles and the rights that it has on a host: an owner who migrates, a service role that reads and
writes, and in Redis the commands that roles/redis allows.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tools.dev.children import Children, Command, wait_until
from tools.dev.errors import DevError

ROOT = Path(__file__).resolve().parents[2]
REDIS_ROLE = ROOT / "roles" / "redis" / "defaults" / "main.yml"
LOOPBACK = "127.0.0.1"
PORT = 5432  # in the name of the socket; no port of the machine is opened
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
_ROLES = """\
CREATE ROLE mailroom_owner LOGIN PASSWORD '{owner}';
CREATE ROLE mailroom LOGIN PASSWORD '{service}';
CREATE DATABASE mailroom OWNER mailroom_owner;
"""


@dataclass(frozen=True)
class Database:
    """A PostgreSQL, reached by its socket in a folder, and the passwords of `mailroom_owner` and `mailroom`."""

    folder: Path
    owner: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    service: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


@dataclass(frozen=True)
class Redis:
    """A Redis on loopback, and the password of its user `mailroom`."""

    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


def free_port() -> int:
    """Return a TCP port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def postgresql_programs() -> Path:
    """Return the folder with the newest PostgreSQL's programs.

    Raises:
        DevError: there is none.
    """
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")  # Debian's place, which is on nobody's PATH
    newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
    on_path = shutil.which("initdb")
    if newest is None and on_path is None:
        raise DevError("PostgreSQL isn't installed: apt-get install --no-install-recommends postgresql")
    return (newest or Path(on_path or "").resolve()).parent


def start_postgresql(children: Children) -> Database:
    """Start an empty PostgreSQL with the database `mailroom` and its roles.

    Raises:
        DevError: it isn't installed, or doesn't start.
    """
    programs, user = postgresql_programs(), _UNPRIVILEGED if os.geteuid() == 0 else None
    home = children.folder / "postgresql"
    home.mkdir(mode=0o700)
    if user:
        shutil.chown(home, user)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": secrets.token_hex(16)}
    password = home / "password"
    password.write_text(environment["PGPASSWORD"])
    password.chmod(0o644)  # its folder is nobody else's
    _run(
        [
            *(str(programs / "initdb"), "--pgdata", str(home / "data"), "--username", "admin", "--no-sync"),
            *("--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8", "--locale", "C.UTF-8"),
        ],
        environment,
        user=user,
    )
    # Nothing is kept, so nothing has to reach the disk.
    settings = {"listen_addresses": "", "unix_socket_directories": str(home), "port": str(PORT), "fsync": "off"}
    words = [str(programs / "postgres"), "-D", str(home / "data")]
    words += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log = children.folder / "postgresql.log"
    server = children.start("PostgreSQL", Command(words, environment, user, log))
    reach = ["--host", str(home), "--port", str(PORT), "--username", "admin", "--dbname", "postgres"]
    ready = [str(programs / "pg_isready"), "--quiet", *reach]
    wait_until(lambda: subprocess.run(ready, env=environment, check=False).returncode == 0, server, log)
    database = Database(home)
    _run(
        [str(programs / "psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", *reach],
        environment,
        stdin=_ROLES.format(owner=database.owner, service=database.service),
    )
    return database


def start_redis(children: Children) -> Redis:
    """Start an empty Redis with the user `mailroom`, who may do what he may on a host.

    Raises:
        DevError: it isn't installed, or doesn't start.
    """
    program = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin:/usr/bin")
    if program is None:
        raise DevError("Redis isn't installed: apt-get install --no-install-recommends redis-server")
    redis = Redis(free_port())
    commands = " ".join(yaml.safe_load(REDIS_ROLE.read_text(encoding="utf-8"))["redis_commands"])
    home = children.folder / "redis"
    home.mkdir(mode=0o700)
    (home / "redis.conf").write_text(
        f"bind {LOOPBACK}\nport {redis.port}\nsave ''\ndir {home}\n"
        f"user default off\nuser mailroom on >{redis.password} ~mailroom:* resetchannels -@all {commands}\n"
    )
    log = children.folder / "redis.log"
    command = Command([program, home / "redis.conf"], {"PATH": os.environ["PATH"]}, log=log)
    server = children.start("Redis", command)
    wait_until(lambda: _listens(redis.port), server, log)
    return redis


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _run(command: list[str], environment: dict[str, str], *, user: str | None = None, stdin: str | None = None) -> None:
    """Run a program of PostgreSQL to its end; DevError with what it said when it fails."""
    done = subprocess.run(
        command, env=environment, user=user, input=stdin, capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise DevError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")

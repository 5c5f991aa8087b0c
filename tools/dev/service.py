"""Mailroom as `make dev` runs it: its own environment of Python, its settings and secrets, its commands."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.dev.errors import DevError
from tools.dev.servers import LOOPBACK, PORT, Database, Redis, free_port, postgresql_programs

CONFIGURATION = Path(__file__).with_name("gunicorn_conf.py")
MAX_BODY_BYTES = 4194304  # as playbooks/group_vars/all.yml has it: 2 MiB of attachments fit
# The interpreter, and all that a key may be for: who develops wants to try every route.
_ASKED = "import sys; from mailroom.access.permissions import Permission; print(sys.executable, ','.join(Permission))"
_SCRIPT = """\
#!/bin/sh
exec env {settings} {words} "$@"
"""


@dataclass(frozen=True)
class Python:
    """The interpreter of Mailroom's environment, and the scopes of a key that may do everything."""

    path: Path
    scopes: str

    def program(self, name: str) -> Path:
        """Return a program of the environment."""
        return self.path.with_name(name)


def find_python(source: Path) -> Python:
    """Return Mailroom's interpreter; uv makes the environment first where it isn't up to date.

    Raises:
        DevError: with what uv said.
    """
    command = ["uv", "run", "--quiet", "--directory", str(source), "--frozen", "python", "-c", _ASKED]
    # Where `make` runs from an activated environment, that one isn't meant.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment["PYTHONPATH"] = str(source / "src")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevError(f"the environment of {source} can't be used:\n{done.stderr.strip()}")
    path, _, scopes = done.stdout.strip().rpartition(" ")
    return Python(Path(path), scopes)


@dataclass(frozen=True)
class Service:
    """What Mailroom's processes are told.

    Attributes:
        environment: of the web process, the worker and commands.
        owner: of `mailroom migrate` and `mailroom keys ensure`, which the schema's owner runs.
        key: an API key that may do everything.
    """

    environment: dict[str, str]
    owner: dict[str, str]
    key: str


def configure(source: Path, folder: Path, database: Database, redis: Redis) -> Service:
    """Write Mailroom's secrets into a folder and return how it is set up.

    What the caller's environment says of MAILROOM_… holds instead, such as another transport.
    """
    key = secrets.token_urlsafe(30)
    common = {"redis_password": redis.password, "bootstrap_api_key": key}
    keys = {"token_signing_keys": f"1:{secrets.token_hex(24)}", "unsubscribe_keys": secrets.token_hex(24)}
    service = _secrets(folder / "service", common | keys | {"database_password": database.service})
    owner = _secrets(folder / "owner", common | {"database_password": database.owner})
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        # The source as it is saved, whatever the environment was made from.
        "PYTHONPATH": str(source / "src"),
        # __pycache__ belongs to who works on the source, and may be another user's.
        "PYTHONDONTWRITEBYTECODE": "1",
        "CREDENTIALS_DIRECTORY": str(service),
        "MAILROOM_DATABASE_HOST": str(database.folder),
        "MAILROOM_DATABASE_PORT": str(PORT),
        "MAILROOM_DATABASE_NAME": "mailroom",
        "MAILROOM_DATABASE_USER": "mailroom",
        "MAILROOM_REDIS_HOST": LOOPBACK,
        "MAILROOM_REDIS_PORT": str(redis.port),
        "MAILROOM_REDIS_USER": "mailroom",
        "MAILROOM_SENDER": "Mailroom <post@mailroom.test>",
        "MAILROOM_TRANSPORT": "log",
        "MAILROOM_MAX_BODY_BYTES": str(MAX_BODY_BYTES),
        "MAILROOM_TRUSTED_PROXIES": "0",
        "MAILROOM_WEB_PROCESSES": "1",
        "MAILROOM_METRICS_HOST": LOOPBACK,
        "MAILROOM_WORKER_METRICS_PORT": str(free_port()),
        **_of_the_caller(),
    }
    return Service(settings, settings | {"CREDENTIALS_DIRECTORY": str(owner), **_AS_OWNER}, key)


_AS_OWNER = {"MAILROOM_DATABASE_USER": "mailroom_owner"}


def write_commands(service: Service, python: Python, database: Database, folder: Path) -> None:
    """Write programs for another terminal into a folder.

    `mailroom` runs any of its commands as the service does, as mailroom-run does on a host; `database` is psql, as the
    owner.
    """
    _write(folder / "mailroom", service.environment, [str(python.program("mailroom"))])
    reach = ["--host", str(database.folder), "--username", "mailroom_owner", "--dbname", "mailroom"]
    _write(folder / "database", {"PGPASSWORD": database.owner}, [str(postgresql_programs() / "psql"), *reach])


def _write(path: Path, environment: dict[str, str], words: list[str]) -> None:
    settings = shlex.join(f"{name}={value}" for name, value in environment.items())
    path.write_text(_SCRIPT.format(settings=settings, words=shlex.join(words)), encoding="utf-8")
    path.chmod(0o700)


def _secrets(folder: Path, values: dict[str, str]) -> Path:
    """Write secrets as systemd hands them to a service: a folder with a file each."""
    folder.mkdir(mode=0o700)
    for name, value in values.items():
        (folder / name).write_text(f"{value}\n", encoding="utf-8")
    return folder


def _of_the_caller() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("MAILROOM_", "AWS_", "OTEL_"))}

"""A Redis of one test, with the rights that the role `redis` gives the service, to be stopped, paused and started."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import redis

from mailroom.config import RedisSettings
from mailroom.redis_client import redis_client
from support.ports import free_port, listens
from support.processes import eventually

# roles/redis/defaults/main.yml
_COMMANDS = (
    "+@read +@write +@connection +@transaction +eval +evalsha +script|exists +script|load "
    "-@blocking -@admin -@dangerous"
)


class RedisProcess:
    """A redis-server on a port of its own, not running yet."""

    def __init__(self, home: Path) -> None:
        self.settings = RedisSettings("127.0.0.1", free_port(), "mailroom", "redis-password")
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        (home / "redis.conf").write_text(
            f"bind 127.0.0.1\nport {self.settings.port}\nsave ''\ndir {home}\nlogfile {home}/redis.log\n"
            f"user default off\nuser mailroom on >{self.settings.password} ~mailroom:* -@all {_COMMANDS}\n"
            "user admin on >admin-password ~* +@all\n"
        )

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(["redis-server", self._home / "redis.conf"])
        eventually(lambda: listens(self.settings.port))

    def pause(self) -> None:
        """Have it hang: it takes connections and answers nothing."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on."""
        self._running().send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it, paused or not; what it counted is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self, patience: float = 5) -> redis.Redis:
        """Return a client with the rights of the service."""
        return redis_client(self.settings, patience, 64)

    def administrator(self) -> redis.Redis:
        """Return a client that may do all."""
        admin = RedisSettings(self.settings.host, self.settings.port, "admin", "admin-password")
        return redis_client(admin, 5, 1)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

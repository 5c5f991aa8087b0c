"""The environment of Mailroom's processes, as systemd gives it to them."""

from __future__ import annotations

from pathlib import Path

from mailroom.config import RedisSettings
from support.databases import Database

AWS_CREDENTIALS = "[default]\naws_access_key_id = test\naws_secret_access_key = test\n"


def environment_for(database: Database, redis: RedisSettings, credentials: Path, api_key: str) -> dict[str, str]:
    """Return the environment, and put its secrets into a folder, which is there and empty."""
    secrets = {
        "database_password": database.password,
        "redis_password": redis.password,
        "bootstrap_api_key": f"{api_key}\n",
        "aws_credentials": AWS_CREDENTIALS,
    }
    for name, text in secrets.items():
        (credentials / name).write_text(text)
    return {
        "CREDENTIALS_DIRECTORY": str(credentials),
        "MAILROOM_DATABASE_HOST": database.server.host,
        "MAILROOM_DATABASE_PORT": str(database.server.port),
        "MAILROOM_DATABASE_NAME": database.name,
        "MAILROOM_DATABASE_USER": database.service,
        "MAILROOM_REDIS_HOST": redis.host,
        "MAILROOM_REDIS_PORT": str(redis.port),
        "MAILROOM_REDIS_USER": redis.user,
        "MAILROOM_SENDER": "noreply@mailroom.test",
    }

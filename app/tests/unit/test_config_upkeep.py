from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.config import RetentionSettings, read_purge_settings, read_worker_settings
from mailroom.errors import ConfigurationError
from mailroom.settings import SettingsReader
from mailroom.upkeep.entities import Rest


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "database_password").write_text("database_password-value\n")
    return {
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "MAILROOM_DATABASE_HOST": "10.0.0.1",
        "MAILROOM_DATABASE_PORT": "5432",
        "MAILROOM_DATABASE_NAME": "mailroom",
        "MAILROOM_DATABASE_USER": "mailroom",
    }


def test_purging_needs_the_database_only(environment: dict[str, str]) -> None:
    settings = read_purge_settings(SettingsReader(environment))

    assert settings.database.host == "10.0.0.1"
    assert settings.retention == RetentionSettings()
    assert (settings.retention.bodies, settings.retention.events) == (timedelta(days=30), timedelta(days=400))


def test_what_is_kept_for_how_long_can_be_told(environment: dict[str, str]) -> None:
    told = {
        "MAILROOM_RETENTION_BODIES_DAYS": "1",
        "MAILROOM_RETENTION_EVENTS_DAYS": "2",
        "MAILROOM_RETENTION_RECENT_MAILS_DAYS": "3",
        "MAILROOM_RETENTION_TOP_DAYS": "4",
    }

    ages = read_purge_settings(SettingsReader(environment | told)).retention.ages()

    assert {rest: age.days for rest, age in ages.items()} == {
        Rest.BODIES: 1,
        Rest.ATTACHMENTS: 1,
        Rest.EVENTS: 2,
        Rest.IDEMPOTENCY_KEYS: 1,
        Rest.RECENT_MAILS: 3,
        Rest.SES_NOTICES: 7,
        Rest.LOGINS: 0,
        Rest.TOP: 4,
        Rest.JOBS: 30,
    }


def test_the_worker_keeps_to_the_same(environment: dict[str, str]) -> None:
    told = {
        "MAILROOM_RETENTION_BODIES_DAYS": "5",
        "MAILROOM_SES_REGION": "eu-central-1",
        "MAILROOM_METRICS_HOST": "127.0.0.1",
        "MAILROOM_WORKER_METRICS_PORT": "9811",
    }

    assert read_worker_settings(SettingsReader(environment | told)).retention.bodies == timedelta(days=5)


@pytest.mark.parametrize("days", ["0", "3651", "1.5"])
def test_days_are_whole_and_at_least_one(environment: dict[str, str], days: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"MAILROOM_RETENTION_BODIES_DAYS is .*must be a whole number from 1 to"
    ):
        read_purge_settings(SettingsReader(environment | {"MAILROOM_RETENTION_BODIES_DAYS": days}))

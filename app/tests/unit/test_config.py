from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.config import (
    SesSettings,
    read_bootstrap_key,
    read_migration_settings,
    read_web_settings,
    read_worker_settings,
)
from mailroom.errors import ConfigurationError
from mailroom.messages.acceptance import Limits
from mailroom.settings import SettingsReader


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    for name in ("database_password", "redis_password", "bootstrap_api_key"):
        (tmp_path / name).write_text(f"{name}-value\n")
    return {
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "MAILROOM_DATABASE_HOST": "10.0.0.1",
        "MAILROOM_DATABASE_PORT": "5432",
        "MAILROOM_DATABASE_NAME": "mailroom",
        "MAILROOM_DATABASE_USER": "mailroom",
        "MAILROOM_REDIS_HOST": "10.0.0.2",
        "MAILROOM_REDIS_PORT": "6379",
        "MAILROOM_REDIS_USER": "mailroom",
        "MAILROOM_SENDER": "Mailroom <noreply@Mailroom.test>",
        "MAILROOM_SES_REGION": "eu-central-1",
        "MAILROOM_METRICS_HOST": "127.0.0.1",
        "MAILROOM_WORKER_METRICS_PORT": "9811",
    }


def test_the_web_process_reads_its_settings_and_secrets(environment: dict[str, str]) -> None:
    settings = read_web_settings(SettingsReader(environment))

    assert (settings.database.host, settings.database.port) == ("10.0.0.1", 5432)
    assert settings.database.password == "database_password-value"
    assert settings.redis.password == "redis_password-value"
    assert settings.sender == "Mailroom <noreply@mailroom.test>"
    assert settings.max_body_bytes == 256 * 1024
    assert settings.messages == Limits(attachment_bytes=2 * 1024 * 1024, repeat_window=600)


def test_the_web_process_reads_which_topics_it_takes_notices_of(environment: dict[str, str]) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:mailroom"
    settings = read_web_settings(SettingsReader({**environment, "MAILROOM_SES_TOPICS": topic}))

    assert settings.feedback.topics == {topic}


@pytest.mark.parametrize(
    ("told", "shown"), [({}, True), ({"MAILROOM_DOCS": "on"}, True), ({"MAILROOM_DOCS": "off"}, False)]
)
def test_the_documentation_is_shown_unless_told_otherwise(
    environment: dict[str, str], told: dict[str, str], *, shown: bool
) -> None:
    assert read_web_settings(SettingsReader({**environment, **told})).docs is shown


def test_no_secret_shows_when_settings_are_printed(environment: dict[str, str]) -> None:
    assert "value" not in repr(read_web_settings(SettingsReader(environment)))


def test_the_worker_needs_no_redis(environment: dict[str, str]) -> None:
    Path(environment["CREDENTIALS_DIRECTORY"], "redis_password").unlink()
    settings = read_worker_settings(SettingsReader({**environment, "MAILROOM_WORKER_CONCURRENCY": "7"}))

    assert settings.transport == SesSettings("eu-central-1", None)
    assert (settings.delivery.concurrency, settings.database.pool_size) == (7, 7)


def test_the_worker_finds_a_credentials_file_of_aws(environment: dict[str, str]) -> None:
    path = Path(environment["CREDENTIALS_DIRECTORY"], "aws_credentials")
    path.write_text("[default]\n")

    assert read_worker_settings(SettingsReader(environment)).transport == SesSettings("eu-central-1", path)


def test_migrating_grants_to_mailroom_unless_told_otherwise(environment: dict[str, str]) -> None:
    assert read_migration_settings(SettingsReader(environment)).service_role == "mailroom"


def test_the_bootstrap_key_comes_without_its_newline(environment: dict[str, str]) -> None:
    assert read_bootstrap_key(SettingsReader(environment))[1] == "bootstrap_api_key-value"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("MAILROOM_DATABASE_HOST", "", "MAILROOM_DATABASE_HOST is not set"),
        ("MAILROOM_DATABASE_PORT", "0", "MAILROOM_DATABASE_PORT is '0': it must be a whole number from 1 to 65535"),
        ("MAILROOM_DATABASE_PORT", "x", "MAILROOM_DATABASE_PORT is 'x': it must be a whole number from 1 to 65535"),
        ("MAILROOM_DATABASE_PORT", "1.5", "MAILROOM_DATABASE_PORT is 1.5: it must be a whole number from 1 to 65535"),
        ("MAILROOM_DATABASE_PORT", "nan", "MAILROOM_DATABASE_PORT is 'nan': it must be a whole number"),
        ("MAILROOM_SENDER", "nobody", "MAILROOM_SENDER is 'nobody': An email address must have an @-sign."),
        ("MAILROOM_DOCS", "yes", "MAILROOM_DOCS is 'yes': it must be on or off"),
        ("MAILROOM_MAX_BODY_BYTES", "1", "MAILROOM_MAX_BODY_BYTES is '1': it must be a whole number from 1024"),
        ("MAILROOM_REPEAT_WINDOW_SECONDS", "-1", "MAILROOM_REPEAT_WINDOW_SECONDS is '-1': it must be a number from 0"),
        ("MAILROOM_MAX_ATTACHMENT_BYTES", "x", "MAILROOM_MAX_ATTACHMENT_BYTES is 'x': it must be a whole number"),
        ("CREDENTIALS_DIRECTORY", "", "the secret redis_password can't be read: CREDENTIALS_DIRECTORY is not set"),
        ("CREDENTIALS_DIRECTORY", "/nowhere", "redis_password is missing: there is no file /nowhere/redis_password"),
    ],
)
def test_what_is_wrong_is_named_with_what_it_may_be(
    environment: dict[str, str], name: str, value: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_web_settings(SettingsReader({**environment, name: value}))

    assert complaint in str(caught.value)


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_worker_settings(SettingsReader({}))

    for name in ("MAILROOM_DATABASE_HOST", "database_password", "MAILROOM_SES_REGION", "MAILROOM_WORKER_METRICS_PORT"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"\n", "the secret redis_password is empty"), (b"\xff", "can't be read from {path}: UnicodeDecodeError")],
)
def test_a_secret_that_holds_nothing_readable_is_named(
    environment: dict[str, str], content: bytes, complaint: str
) -> None:
    path = Path(environment["CREDENTIALS_DIRECTORY"], "redis_password")
    path.write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        read_web_settings(SettingsReader(environment))

    assert complaint.format(path=path) in str(caught.value)


def test_a_secret_that_may_not_be_read_is_named_without_its_content(environment: dict[str, str]) -> None:
    path = Path(environment["CREDENTIALS_DIRECTORY"], "redis_password")
    path.unlink()
    path.mkdir()

    with pytest.raises(ConfigurationError, match=r"redis_password can't be read from .*: IsADirectoryError"):
        read_web_settings(SettingsReader(environment))

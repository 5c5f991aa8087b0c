from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.config.feedback import FeedbackSettings, read_feedback
from mailroom.errors import ConfigurationError
from mailroom.settings import SettingsReader

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mailroom"


def read(environment: dict[str, str]) -> FeedbackSettings:
    reader = SettingsReader(environment)
    settings = read_feedback(reader)
    reader.finish()
    return settings


def test_without_settings_all_of_it_is_off() -> None:
    assert read({}) == FeedbackSettings(frozenset(), None, None, ())


def test_topics_stand_with_commas_between() -> None:
    china = "arn:aws-cn:sns:cn-north-1:123456789012:feed-back_1"

    assert read({"MAILROOM_SES_TOPICS": f"{TOPIC}, {china},"}).topics == {TOPIC, china}


@pytest.mark.parametrize(
    "topic",
    ["mailroom", "arn:aws:sqs:eu-west-1:123456789012:x", "arn:aws:sns:eu-west-1:12:x", f"{TOPIC}:0123", f"{TOPIC} x"],
)
def test_what_is_no_topic_is_named(topic: str) -> None:
    with pytest.raises(ConfigurationError, match=r"MAILROOM_SES_TOPICS names .*: it must be ARNs of SNS topics"):
        read({"MAILROOM_SES_TOPICS": f"{TOPIC},{topic}"})


@pytest.mark.parametrize("host", ["sns.lab.test", "10.0.0.1:8443"])
def test_a_simulated_sns_is_a_host_with_or_without_a_port(host: str) -> None:
    assert read({"MAILROOM_SNS_HOST": host, "AWS_CA_BUNDLE": "/ca.pem"}) == FeedbackSettings(
        sns_host=host, authority=Path("/ca.pem")
    )


@pytest.mark.parametrize("host", ["https://sns.lab.test", "sns.lab.test/", "a@b", "SNS.lab.test", "x:0", "x:"])
def test_what_is_no_host_is_named(host: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"MAILROOM_SNS_HOST is .*: it must be a host in lower case, or host:port"
    ):
        read({"MAILROOM_SNS_HOST": host})


def test_keys_stand_one_a_line_and_never_show(tmp_path: Path) -> None:
    (tmp_path / "unsubscribe_keys").write_text("n" * 32 + "\n\n" + "o" * 40 + " \r\n")
    settings = read({"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert settings.unsubscribe_keys == (b"n" * 32, b"o" * 40)
    assert "nnn" not in repr(settings)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("n" * 32 + "\nshort", "line 2 of the secret unsubscribe_keys has fewer than 32 characters"),
        ("\n", "the secret unsubscribe_keys is empty"),
    ],
)
def test_a_key_that_is_too_weak_stops_the_start(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "unsubscribe_keys").write_text(content)

    with pytest.raises(ConfigurationError, match=complaint):
        read({"CREDENTIALS_DIRECTORY": str(tmp_path)})

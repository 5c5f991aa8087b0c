from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.config import UnsubscribeSettings, read_unsubscribing
from mailroom.errors import ConfigurationError
from mailroom.settings import SettingsReader

URL = "https://mail.example.com"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "unsubscribe_keys").write_text(f"{'n' * 32}\n\n{'o' * 32}\n")
    return {"CREDENTIALS_DIRECTORY": str(tmp_path), "MAILROOM_PUBLIC_URL": URL + "/"}


def read(environment: dict[str, str]) -> UnsubscribeSettings | None:
    reader = SettingsReader(environment)
    settings = read_unsubscribing(reader)
    reader.finish()
    return settings


def test_each_line_is_a_key_and_none_shows(environment: dict[str, str]) -> None:
    settings = read(environment)

    assert settings == UnsubscribeSettings(URL, (b"n" * 32, b"o" * 32))
    assert "nnn" not in repr(settings)


def test_without_keys_there_are_no_links(environment: dict[str, str]) -> None:
    Path(environment["CREDENTIALS_DIRECTORY"], "unsubscribe_keys").unlink()

    assert read(environment) is None


def test_without_an_address_of_the_service_there_are_no_links(environment: dict[str, str]) -> None:
    del environment["MAILROOM_PUBLIC_URL"]

    assert read(environment) is None


@pytest.mark.parametrize(
    "url", ["http://mail.example.com", "mail.example.com", "https://", "https://x?y", "https://x#y"]
)
def test_an_address_that_one_click_cant_use_is_refused(environment: dict[str, str], url: str) -> None:
    with pytest.raises(ConfigurationError, match="it must be an address of the form https://host"):
        read(environment | {"MAILROOM_PUBLIC_URL": url})


def test_a_short_key_is_refused_and_not_shown(environment: dict[str, str]) -> None:
    Path(environment["CREDENTIALS_DIRECTORY"], "unsubscribe_keys").write_text("short")

    with pytest.raises(
        ConfigurationError, match=r"^line 1 of the secret unsubscribe_keys has fewer than 32 characters$"
    ):
        read(environment)

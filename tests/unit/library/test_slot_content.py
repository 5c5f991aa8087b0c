"""A slot holds a release together with the configuration it was released with, for root's eyes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.library.content import PURPOSES, SECRET, contents, with_variable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.library.conftest import Outcome, Places


def test_an_empty_slot_gets_the_release_and_its_configuration(put: Callable[..., Outcome], places: Places) -> None:
    assert put().changed

    assert (places.root / "slots" / "blue").resolve() == (places.root / "releases" / "1.4.0").resolve()
    assert contents(places) == {
        "migrate.credentials/database_password": "the owner's",
        "migrate.environment": "",
        "service.credentials/aws_credentials": "[default]\nkey = x\n",
        "service.credentials/database_password": SECRET,
        "service.environment": 'MAILROOM_DATABASE_NAME="mailroom"\nPORT="5432"\n',
    }


def test_a_second_run_changes_nothing(put: Callable[..., Outcome]) -> None:
    put()

    outcome = put()

    assert not outcome.changed
    assert outcome.result["changed_files"] == []


def test_a_secret_with_foreign_line_ends_is_kept_byte_for_byte(put: Callable[..., Outcome], places: Places) -> None:
    purposes = {"service": {"credentials": {"key": "a\r\nb\rc\n"}}}
    put(purposes)

    assert (places.configuration / "blue/service.credentials/key").read_bytes() == b"a\r\nb\rc\n"
    assert not put(purposes).changed


def test_only_root_can_read_any_of_it(put: Callable[..., Outcome], places: Places) -> None:
    put()

    for path in (places.configuration / "blue").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_file_that_others_can_read_is_put_right(put: Callable[..., Outcome], places: Places) -> None:
    put()
    path = places.configuration / "blue/service.credentials/database_password"
    path.chmod(0o644)

    assert put().result["changed_files"] == [str(path)]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_a_secrets_place_is_replaced_not_followed(
    put: Callable[..., Outcome], places: Places, tmp_path: Path
) -> None:
    put()
    path = places.configuration / "blue/service.credentials/database_password"
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")

    assert put().changed
    assert not path.is_symlink()
    assert not (tmp_path / "elsewhere").exists()


def test_a_secret_that_is_no_longer_wanted_is_taken_away(put: Callable[..., Outcome], places: Places) -> None:
    put()
    fewer = PURPOSES | {"service": {"environment": {}, "credentials": {"database_password": SECRET}}}

    assert put(fewer).changed
    assert "service.credentials/aws_credentials" not in contents(places)


def test_what_an_interrupted_write_left_is_taken_away(put: Callable[..., Outcome], places: Places) -> None:
    put()
    left = places.configuration / "blue/service.credentials/.database_password.new"
    left.write_text(SECRET, encoding="utf-8")

    assert put().changed
    assert not left.exists()


def test_a_changed_secret_alone_is_a_change(put: Callable[..., Outcome], places: Places) -> None:
    put()
    other = PURPOSES | {"migrate": {"environment": {}, "credentials": {"database_password": "new"}}}

    outcome = put(other)

    assert outcome.result["changed_files"] == [str(places.configuration / "blue/migrate.credentials/database_password")]
    assert "new" in contents(places).values()


def test_another_release_with_the_same_configuration_moves_only_the_link(
    put: Callable[..., Outcome], places: Places
) -> None:
    put()

    outcome = put(release="1.5.0")

    assert outcome.changed
    assert outcome.result["changed_files"] == []
    assert (places.root / "slots" / "blue").readlink().name == "1.5.0"


def test_check_mode_says_what_would_change_and_writes_nothing(put: Callable[..., Outcome], places: Places) -> None:
    outcome = put(check=True)

    assert outcome.changed
    assert len(outcome.result["changed_files"]) == 5
    assert not places.configuration.exists()
    assert not (places.root / "slots" / "blue").is_symlink()


@pytest.mark.parametrize("state", ["active", "activating", "reloading", "deactivating"])
def test_a_slot_in_use_is_refused_and_stays_as_it_is(
    put: Callable[..., Outcome], places: Places, systemd: dict[str, str], state: str
) -> None:
    put()
    before = contents(places)
    systemd["ActiveState"] = state

    outcome = put(with_variable("other"), release="1.5.0")

    assert outcome.failed
    assert outcome.message == (
        f"slot blue of mailroom is in use (mailroom-web@blue.service is {state}); stop the slot first"
    )
    assert contents(places) == before
    assert (places.root / "slots" / "blue").readlink().name == "1.4.0"


def test_a_slot_in_use_that_is_right_already_is_no_trouble(
    put: Callable[..., Outcome], systemd: dict[str, str]
) -> None:
    put()
    systemd["ActiveState"] = "active"

    assert not put().changed


def test_a_release_that_is_not_staged_is_refused(put: Callable[..., Outcome], places: Places) -> None:
    outcome = put(release="9.9")

    assert outcome.failed
    assert outcome.message == "release 9.9 of mailroom isn't staged on this host; stage it first"
    assert not places.configuration.exists()


@pytest.mark.parametrize("check", [False, True])
def test_no_secret_is_in_what_the_module_tells(put: Callable[..., Outcome], *, check: bool) -> None:
    text = put(check=check).text

    assert SECRET not in text
    assert "the owner" not in text
    assert "hunter2" not in text


def test_no_secret_is_in_what_a_refusal_tells(put: Callable[..., Outcome]) -> None:
    assert "hunter2" not in put(release="9.9").text


def test_paths_stay_readable_though_a_variable_has_the_applications_name(
    put: Callable[..., Outcome], places: Places
) -> None:
    folder = str(places.configuration / "blue")

    assert all(path.startswith(folder) for path in put().result["changed_files"])

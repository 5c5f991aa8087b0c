"""config_files: folders and files as they must be, or nothing at all."""

from __future__ import annotations

import getpass
import grp
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.basic import AnsibleModule

from library import config_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome

OWNER = {"owner": getpass.getuser(), "group": grp.getgrgid(os.getgid()).gr_name}


def wish(path: Path, content: str, **more: object) -> dict[str, Any]:
    return {"path": str(path), "content": content, "mode": "0644", "secret": False, "validate": None, **OWNER, **more}


def test_a_new_file_is_written_with_its_mode_and_shown_in_the_diff(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    diff = config_files.lay_file(wish(path, "x = 1\n", mode="0640"), check=False, first=True)
    assert diff is not None
    assert (diff["before"], diff["after"]) == ("", "x = 1\n")
    assert path.read_text() == "x = 1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_is_as_it_must_be_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    config_files.lay_file(wish(path, "x = 1\n"), check=False, first=True)
    before = path.stat()
    assert config_files.lay_file(wish(path, "x = 1\n"), check=False, first=True) is None
    after = path.stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_a_wrong_mode_alone_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    config_files.lay_file(wish(path, "x"), check=False, first=True)
    path.chmod(0o666)
    assert config_files.lay_file(wish(path, "x"), check=False, first=True) is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_check_mode_says_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "absent" / "a.conf"
    unknown = wish(path, "x", owner="nobody-of-that-name", validate="no-such-program %s")
    assert config_files.lay_file(unknown, check=True, first=True) is not None
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_checked_under_a_name_that_ends_as_its_own(tmp_path: Path) -> None:
    suffixed = wish(tmp_path / "a.mtail", "x", validate="sh -c 'case $0 in *.mtail) exit 1; esac' %s")

    with pytest.raises(config_files.WrongFileError):
        config_files.lay_file(suffixed, check=False, first=True)


def test_a_file_that_its_program_refuses_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_text("old")
    with pytest.raises(config_files.WrongFileError, match=r"stays as it was: `grep -q right %s` refuses"):
        config_files.lay_file(wish(path, "wrong", validate="grep -q right %s"), check=False, first=True)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_its_program_accepts_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    config_files.lay_file(wish(path, "right", validate="grep -q right %s"), check=False, first=True)
    assert path.read_text() == "right"


def test_check_mode_asks_no_program_about_a_file_that_may_refer_to_unwritten_ones(tmp_path: Path) -> None:
    refused = wish(tmp_path / "b.conf", "wrong", validate="grep -q right %s")
    assert config_files.lay_file(refused, check=True, first=False) is not None
    with pytest.raises(config_files.WrongFileError):
        config_files.lay_file(refused, check=True, first=True)


def test_check_mode_passes_a_program_that_is_not_installed_behind_a_wrapper(tmp_path: Path) -> None:
    wrapped = wish(tmp_path / "c.conf", "x", validate="timeout 5 no-such-program %s")
    assert config_files.lay_file(wrapped, check=True, first=True) is not None


def test_a_secret_is_not_in_the_diff(tmp_path: Path) -> None:
    path = tmp_path / "password"
    diff = config_files.lay_file(wish(path, "geheim", secret=True, mode="0600"), check=False, first=True)
    assert diff is not None
    assert "geheim" not in str(diff)
    assert path.read_text() == "geheim"


def test_a_folder_is_made_with_its_mode_and_then_left_alone(tmp_path: Path) -> None:
    place = config_files.Place.of({"path": str(tmp_path / "new"), "mode": "0700", **OWNER})
    assert config_files.lay_directory(place, check=True)
    assert not place.path.exists()
    assert config_files.lay_directory(place, check=False)
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o700
    assert not config_files.lay_directory(place, check=False)


def test_no_content_is_written_to_the_hosts_journal(
    tmp_path: Path, run_module: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[object] = []
    monkeypatch.setattr(AnsibleModule, "log", lambda *arguments, **_: logged.extend(arguments[1:]))

    run_module(
        config_files.main, {"files": [{"path": str(tmp_path / "a"), "content": "hunter2", "mode": "0600", **OWNER}]}
    )

    assert "hunter2" not in str(logged)

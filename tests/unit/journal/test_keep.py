"""Journals of senders are closed when they are old, under the name that journalctl knows."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from roles.journal.files.search import keep

FIRST = 1_772_370_309  # when the first entry was written, in seconds since the epoch


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that are run from now on; none really is."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> None:  # noqa: ANN401
        commands.append(command)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def journal(folder: Path, *, first: int = FIRST, signature: bytes = b"LPKSHHRH") -> Path:
    """Write the head of a journal file, as the format's description has it."""
    folder.mkdir(exist_ok=True)
    head = bytearray(272)
    head[0:8] = signature
    head[72:88] = bytes.fromhex("bf811f61d68648b6bf4205b3c85d8422")
    head[168:176] = (989).to_bytes(8, "little")
    head[184:192] = (first * 1_000_000).to_bytes(8, "little")
    path = folder / f"{folder.name}.journal"
    path.write_bytes(head)
    return path


def test_a_closed_files_name_has_its_numbers_and_its_first_entrys_time(tmp_path: Path) -> None:
    name = f"app-1@bf811f61d68648b6bf4205b3c85d8422-00000000000003dd-{FIRST * 1_000_000:016x}.journal"

    assert keep.closed_name(journal(tmp_path / "app-1")) == (name, FIRST)


def test_an_old_file_is_closed_after_its_receiver_was_stopped(tmp_path: Path, called: list[list[str]]) -> None:
    path = journal(tmp_path / "app-1")

    assert keep.close_old(path.parent, span=60, now=FIRST + 61)
    assert called == [["systemctl", "stop", "slipway-journal@app-1.service"]]
    assert not path.exists()
    assert len(list(path.parent.glob("app-1@*.journal"))) == 1


@pytest.mark.parametrize("case", ["young", "empty", "no journal", "cut", "absent"])
def test_any_other_file_is_left_alone(tmp_path: Path, called: list[list[str]], case: str) -> None:
    path = journal(
        tmp_path / "app-1",
        first=0 if case == "empty" else FIRST,
        signature=b"whatever" if case == "no journal" else keep.SIGNATURE,
    )
    if case == "cut":
        path.write_bytes(path.read_bytes()[:100])
    if case == "absent":
        path.unlink()

    assert not keep.close_old(path.parent, span=60, now=FIRST + (30 if case == "young" else 61))
    assert called == []


def test_each_folder_is_rid_of_what_is_too_old(tmp_path: Path, called: list[list[str]]) -> None:
    for name in ("app-2", "app-1"):
        journal(tmp_path / name)

    assert keep.main(["--days", "30", str(tmp_path)]) == 0

    vacuums = [command for command in called if command[0] == "journalctl"]
    assert [command[2:] for command in vacuums] == [
        [f"--directory={tmp_path / name}", "--vacuum-time=30d"] for name in ("app-1", "app-2")
    ]


def test_a_folder_that_fails_keeps_no_other_from_being_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = []

    def run(command: list[str], **_: Any) -> None:  # noqa: ANN401
        if any(word.endswith("app-1") for word in command):
            raise subprocess.CalledProcessError(1, command)
        done.append(command)

    monkeypatch.setattr(subprocess, "run", run)
    for name in ("app-1", "app-2"):
        (tmp_path / name).mkdir()

    assert keep.main(["--days", "30", str(tmp_path)]) == 1
    assert "app-1" in capsys.readouterr().err
    assert len(done) == 1

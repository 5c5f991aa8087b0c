"""What every host tells of itself, by the script that its timer runs."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "roles/exporters/files/host_metrics.sh"
SUCCESS = "slipway_backup_last_success_timestamp_seconds"
EXPECTED = "slipway_backup_expected_since_timestamp_seconds"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "slipway_host.prom"


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    return tmp_path / "reboot-required"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where files say which backups have succeeded."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def tell(told: Path, sign: Path, *backups: str) -> dict[str, str]:
    """Run the script; return what it wrote, by series."""
    subprocess.run(["sh", SCRIPT, told, "600", sign, told.parent / "backups", *backups], check=True)
    lines = [line for line in told.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def leave(file: Path, moment: int) -> None:
    file.touch()
    os.utime(file, (moment, moment))


def of(backup: str, *metrics: str) -> list[str]:
    """Return the names of a backup's series."""
    return [f'{metric}{{backup="{backup}"}}' for metric in metrics]


def test_a_host_that_waits_for_nothing_says_so(told: Path, sign: Path) -> None:
    assert tell(told, sign) == {
        "slipway_reboot_required_since_seconds": "0",
        f'slipway_textfile_interval_seconds{{file="{told}"}}': "600",
    }


def test_a_reboot_is_waited_for_since_the_first_package_asked(told: Path, sign: Path) -> None:
    tell(told, sign)
    leave(sign, 1000)
    tell(told, sign)
    leave(sign, 2000)

    assert tell(told, sign)["slipway_reboot_required_since_seconds"] == "1000"


def test_after_the_reboot_nothing_is_waited_for(told: Path, sign: Path) -> None:
    leave(sign, 1000)
    tell(told, sign)
    sign.unlink()

    assert tell(told, sign)["slipway_reboot_required_since_seconds"] == "0"


def test_nobody_reads_half_a_file(told: Path, sign: Path) -> None:
    tell(told, sign)

    assert sorted(path.name for path in told.parent.iterdir()) == ["slipway_host.prom"]


def test_a_backup_is_as_old_as_the_file_that_its_job_touched(told: Path, sign: Path, folder: Path) -> None:
    leave(folder / "mailroom", 1000)
    leave(folder / "files-2_of_3", 2000)
    said = tell(told, sign, "mailroom", "files-2_of_3")

    assert [said[name] for one in ("mailroom", "files-2_of_3") for name in of(one, SUCCESS)] == ["1000", "2000"]


@pytest.mark.usefixtures("folder")
def test_a_backup_that_was_never_made_is_nought(told: Path, sign: Path) -> None:
    assert [tell(told, sign, "mailroom")[name] for name in of("mailroom", SUCCESS)] == ["0"]


def test_without_the_folder_no_backup_was_made(told: Path, sign: Path) -> None:
    assert [tell(told, sign, "mailroom")[name] for name in of("mailroom", SUCCESS)] == ["0"]


def test_a_backup_is_expected_since_it_was_first_named(told: Path, sign: Path, folder: Path) -> None:
    (expected,) = of("mailroom", EXPECTED)
    before = int(time.time())
    assert before <= int(tell(told, sign, "mailroom")[expected]) <= time.time()

    text = told.read_text(encoding="utf-8").replace(f"{expected} ", f"{expected} 1000\n# ")
    told.write_text(text, encoding="utf-8")
    leave(folder / "mailroom", 2000)
    said = tell(told, sign, "mailroom", "mailroom-2")

    assert said[expected] == "1000"
    assert [int(said[name]) >= before for name in of("mailroom-2", EXPECTED)] == [True]


def test_a_backup_that_nobody_expects_is_not_told_of(told: Path, sign: Path, folder: Path) -> None:
    leave(folder / "mailroom", 1000)
    tell(told, sign, "mailroom")
    tell(told, sign)

    assert "slipway_backup" not in told.read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_metric_is_described_once_however_many_backups_there_are(told: Path, sign: Path) -> None:
    tell(told, sign, "mailroom", "files")
    lines = told.read_text(encoding="utf-8").splitlines()

    for metric in (SUCCESS, EXPECTED):
        first = lines.index(f"# TYPE {metric} gauge")
        assert lines[first - 1].startswith(f"# HELP {metric} ")
        assert [line.partition("{")[0] for line in lines[first + 1 : first + 3]] == [metric, metric]
        assert sum(line.startswith(f"# HELP {metric} ") for line in lines) == 1

"""The gunicorn that the comparison runs."""

from pathlib import Path

import pytest

from tests.load.compare.errors import CompareError
from tests.load.compare.gunicorn import requirements

PACKAGE = (
    '[[package]]\nname = "{name}"\nversion = "{version}"\nwheels = [{{url = "https://x", hash = "sha256:{hash}"}}]\n'
)


def test_it_is_the_one_that_mailroom_is_locked_to_with_its_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text(
        PACKAGE.format(name="gunicorn", version="27.0.1", hash="aa")
        + PACKAGE.format(name="packaging", version="26.3", hash="bb"),
        encoding="utf-8",
    )

    assert requirements(lock) == ["gunicorn==27.0.1 --hash=sha256:aa", "packaging==26.3 --hash=sha256:bb"]


def test_a_lock_file_without_it_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text(PACKAGE.format(name="packaging", version="26.3", hash="bb"), encoding="utf-8")

    with pytest.raises(CompareError, match="names no gunicorn"):
        requirements(lock)

"""The very gunicorn that Mailroom is locked to, for the lab host: pure Python, so that unpacking it is enough."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from tests.lab.naming import CHECKOUT
from tests.load.compare.errors import CompareError

LOCK = CHECKOUT / "app/uv.lock"
NAMES = ("gunicorn", "packaging")
LIMIT = 120  # seconds


def requirements(lock: Path = LOCK) -> list[str]:
    """Return what pip needs to fetch it, as in a requirements file, with hashes.

    Raises CompareError where the lock file doesn't name it.
    """
    packages: list[dict[str, Any]] = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    found = {package["name"]: package for package in packages}
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise CompareError(
            f"{lock} names no {', '.join(missing)}; the comparison runs the gunicorn that it is locked to"
        )
    return [
        " ".join([f"{name}=={found[name]['version']}", *(f"--hash={wheel['hash']}" for wheel in found[name]["wheels"])])
        for name in NAMES
    ]


def unpacked(folder: Path, into: str) -> dict[str, bytes]:
    """Fetch it into `folder`; return its files by their path on the host, below `into`.

    Raises CompareError with what pip said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "requirements.txt"
    wanted.write_text("\n".join(requirements()), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    if done.returncode:
        raise CompareError(f"gunicorn couldn't be fetched:\n{done.stderr.strip()[-2000:]}")
    found = {}
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            found.update({f"{into}/{name}": archive.read(name) for name in names})
    return found

"""Throw away what senders wrote more than so many days ago.

systemd-journal-remote knows limits of size only. `journalctl --vacuum-time` knows one of age, but removes closed files
as a whole, and a quiet host's file would stay open for months. So a file that spans more than a tenth of the time is
closed first: its receiver is stopped, which the next connection starts again, and the file gets a closed one's name.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

DAY = 24 * 60 * 60
SIGNATURE = b"LPKSHHRH"
# https://systemd.io/JOURNAL_FILE_FORMAT: the id of the numbers, the first number, and the first entry's microseconds.
HEADER = struct.Struct("<8s64x16s80xQ8xQ")


def closed_name(path: Path) -> tuple[str, float] | None:
    """Return a journal file's name once it is closed, and its first entry's time (epoch); None while it has none."""
    with path.open("rb") as file:
        head = file.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    signature, numbers, number, first = HEADER.unpack(head)
    if signature != SIGNATURE or first == 0:
        return None
    return f"{path.stem}@{numbers.hex()}-{number:016x}-{first:016x}.journal", first / 1_000_000


def close_old(folder: Path, span: float, now: float) -> bool:
    """Close a sender's file if its first entry is older than a span (seconds); return whether it was."""
    path = folder / f"{folder.name}.journal"
    if not path.exists():
        return False
    found = closed_name(path)
    if found is None or now - found[1] < span:
        return False
    subprocess.run(["systemctl", "stop", f"slipway-journal@{folder.name}.service"], check=True)
    path.rename(folder / found[0])
    return True


def main(argv: Sequence[str]) -> int:
    """Go through the folders of all senders; 1 if one of them couldn't be done."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--days", type=int, required=True)
    parser.add_argument("store", type=Path, help="folder of the senders' folders")
    asked = parser.parse_args(argv)
    failed = False
    for folder in sorted(path for path in asked.store.iterdir() if path.is_dir()):
        try:
            close_old(folder, asked.days * DAY / 10, time.time())
            vacuum = ["journalctl", "--quiet", f"--directory={folder}", f"--vacuum-time={asked.days}d"]
            subprocess.run(vacuum, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"{folder}: {error}\n")
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A small disk for a lab host, whose other file systems are overlays: an image on the control node, mounted there."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.direct import run_script
from tests.lab.host import Host

MOUNTPOINT = "/srv/fault"
SIZE = "32M"
INODES = 512
NODE = Path("var/lib/slipway-fault")


@contextmanager
def mounted(host: Host, folder: Path) -> Iterator[None]:
    """Have the disk mounted inside of a block.

    Args:
        host: of a lab, running.
        folder: where the image is kept meanwhile.
    """
    image = folder / "disk.img"
    _call("truncate", f"--size={SIZE}", str(image))
    _call("mkfs.ext4", "-q", "-m", "0", "-N", str(INODES), str(image))
    device = _call("losetup", "--find", "--show", str(image)).strip()
    root = Path("/proc", str(host.init), "root")
    node = root / NODE
    try:
        node.unlink(missing_ok=True)
        # The host's /dev has no disks, and a container may make none.
        os.mknod(node, 0o600 | stat.S_IFBLK, Path(device).stat().st_rdev)
        (root / MOUNTPOINT.lstrip("/")).mkdir(exist_ok=True)
        _call("nsenter", f"--target={host.init}", "--mount", "--wd=/", "mount", f"/{NODE}", MOUNTPOINT)
    finally:
        # It stays for as long as it is mounted, so that nothing is left when the host ends.
        _call("losetup", "--detach", device)
    try:
        yield
    finally:
        run_script(host, f"umount --lazy {MOUNTPOINT}")
        node.unlink()


def _call(*command: str) -> str:
    assert shutil.which(command[0]), f"{command[0]} isn't there"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout

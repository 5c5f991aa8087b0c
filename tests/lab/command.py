"""Commands of the control node, run in the network namespace they are meant for."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.process import PROC, ancestors

_NAMESPACES = Path("/run/netns")
_TAIL = 8

PACKAGES = {
    "ip": "iproute2",
    "losetup": "mount",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "nginx": "nginx-light",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "sysctl": "procps",
    "unshare": "util-linux",
}


def tail(text: str, lines: int = _TAIL) -> str:
    """Return the last lines of an output, indented for a message."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-lines:])


def need(*programs: str) -> None:
    """Check that programs are installed.

    Raises LabError naming the packages and the command that installs them.
    """
    missing = [name for name in programs if shutil.which(name, path=search_path()) is None]
    if missing:
        packages = " ".join(sorted({PACKAGES.get(name, name) for name in missing}))
        raise LabError(
            f"{', '.join(missing)} not found; install with: apt-get install -y --no-install-recommends {packages}"
        )


def search_path() -> str:
    """PATH with the system folders, which a user's PATH may lack."""
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin:/bin"


def run(argv: Sequence[str | Path], *, stdin: str | None = None) -> str:
    """Run a command and return its standard output.

    Raises LabError with the command and the end of what it said.
    """
    words = [str(word) for word in argv]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        said = tail(done.stderr or done.stdout)
        raise LabError(f"`{' '.join(words)}` failed ({done.returncode}):\n{said}")
    return done.stdout


def succeeds(argv: Sequence[str | Path]) -> bool:
    """Whether a command exits 0; what it says is dropped."""
    words = [str(word) for word in argv]
    return subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0


def inside(namespace: Path, argv: Sequence[str | Path]) -> list[str]:
    """Return the command that runs `argv` in a network namespace; unlike `ip netns exec` it leaves /sys as it is."""
    return ["nsenter", f"--net={namespace}", *(str(word) for word in argv)]


def root_namespace() -> Path:
    """Return the machine's own network namespace: that of our nearest ancestor outside of all labs.

    Tests run inside a lab's namespace and start labs from there. The namespace of process 1 would be the plain
    answer, but a container's root may be refused to look at it. Raises LabError when no ancestor is outside.
    """
    labs = {_inode(path) for path in _NAMESPACES.glob("slipway-*")}
    for pid in ancestors(os.getpid()):
        namespace = PROC / str(pid) / "ns/net"
        inode = _inode(namespace)
        if inode is not None and inode not in labs:
            return namespace
    raise LabError("this process lives in a lab's network namespace and its parent is gone; start it from outside")


def root_number() -> int:
    """Return what tells the machine's own network namespace from others."""
    return root_namespace().stat().st_ino


def _inode(path: Path) -> int | None:
    """Return what tells one namespace from another, or None for one that we may not see."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def in_root(argv: Sequence[str | Path], *, stdin: str | None = None) -> str:
    """Run a command in the machine's own network namespace, wherever we are."""
    return run(inside(root_namespace(), argv), stdin=stdin)

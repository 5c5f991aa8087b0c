"""Programs of the hosts' Debian release, run on the checkout: checks use the very versions that hosts run."""

import os
from pathlib import Path

from tests.lab import image, naming
from tests.lab.command import need
from tests.lab.naming import CHECKOUT

# In a mount namespace of its own: an overlay whose changes are in memory and gone afterwards, the checkout read-only.
_ENTER = """\
set -eu
mkdir -p "$1"
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
mkdir -p "$1/root$3"
mount --bind "$3" "$1/root$3"
mount -o remount,bind,ro "$1/root$3"
mount -t proc proc "$1/root/proc"
mount --bind /dev "$1/root/dev"
cd /
root="$1/root" folder="$4"
shift 4
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \\
  chroot "$root" sh -c 'cd "$1" && shift && exec "$@"' sh "$folder" "$@"
"""


def command(argv: list[str], folder: Path, template: Path) -> list[str]:
    """Return the command that runs `argv` in the toolbox, in the same folder of the checkout."""
    start = folder if folder.is_relative_to(CHECKOUT) else CHECKOUT
    words = [str(naming.RUN / "toolbox"), str(template), str(CHECKOUT), str(start), *argv]
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "sh", *words]


def run(argv: list[str]) -> int:
    """Become the tool; returns only the exit code of one that can't be started.

    Raises LabError when the image can't be built.
    """
    need("unshare")
    words = command(argv, Path.cwd(), image.ensure(image.toolbox_recipe()))
    os.execvp(words[0], words)  # noqa: S606 - no shell is meant: the words are passed as they are

"""Images: Debian file systems, built once and kept under a name that says how they were built."""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.lab import files, naming
from tests.lab.command import need, search_path, tail
from tests.lab.errors import LabError
from tests.lab.progress import step

_AUTHORITIES = Path("/usr/local/share/ca-certificates")
_SOURCES = (
    "deb http://deb.debian.org/debian trixie main",
    "deb http://deb.debian.org/debian trixie-updates main",
    "deb http://deb.debian.org/debian-security trixie-security main",
)

# What Debian's own EC2 image has and the roles may expect: python3-apt comes with its unattended-upgrades.
_HOST_PACKAGES = (
    "ca-certificates",
    "dbus",
    "e2fsprogs",
    "iproute2",
    "libpam-systemd",
    "openssh-server",
    "python3",
    "python3-apt",
    "sudo",
    "systemd",
    "systemd-sysv",
)
# A host is thrown away, so that dpkg needn't wait until the disk has each file: that is a third of an installation.
_HOST_SCRIPT = """\
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/unsafe-io
useradd --create-home --shell /bin/bash admin
echo 'admin ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/90-admin
chmod 0440 /etc/sudoers.d/90-admin
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
systemctl enable systemd-networkd.service
"""
_TOOL_PACKAGES = (
    "ca-certificates",
    "mtail",
    "nginx-light",
    "openssl",
    "prometheus",
    "prometheus-alertmanager",
    "shellcheck",
)


@dataclass(frozen=True)
class Recipe:
    """All that makes an image what it is; two equal recipes give one image."""

    kind: str
    packages: tuple[str, ...]
    script: str = ""
    sources: tuple[str, ...] = _SOURCES
    machine: str = field(default_factory=platform.machine)
    authorities: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the folder name of the image in the cache."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.kind}-{digest[:12]}"

    @property
    def path(self) -> Path:
        """Return where the image is, or will be."""
        return naming.CACHE / "images" / self.name


def _authorities(folder: Path = _AUTHORITIES) -> dict[str, str]:
    """Return the certificates that this machine trusts beyond Debian's, by file name."""
    return {path.name: path.read_text() for path in sorted(folder.glob("*.crt"))}


def host_recipe() -> Recipe:
    """Return the recipe of a blank host."""
    return Recipe("host", _HOST_PACKAGES, _HOST_SCRIPT, authorities=_authorities())


def toolbox_recipe() -> Recipe:
    """Return the recipe of the image that has the hosts' programs for checks on the control node."""
    return Recipe("toolbox", _TOOL_PACKAGES)


def ensure(recipe: Recipe) -> Path:
    """Return the image's folder; build it first when it isn't cached.

    One build runs at a time on the machine. Raises LabError with the end of the build's log.
    """
    if recipe.path.exists():
        return recipe.path
    need("mmdebstrap")
    images = recipe.path.parent
    with files.locked(images / ".lock"):
        if not recipe.path.exists():
            _build(recipe, images / f".building-{recipe.name}")
    return recipe.path


def rebuild(recipe: Recipe) -> Path:
    """Build an image anew, for fresh packages.

    Raises LabError while hosts stand on it.
    """
    with files.locked(recipe.path.parent / ".lock"):
        users = [path for path in naming.ROOTS.glob("*/*/host.json") if recipe.name in path.read_text()]
        if users:
            labs = ", ".join(sorted({path.parents[1].name for path in users}))
            raise LabError(f"image {recipe.name} is in use by {labs}; take down what uses it first")
        shutil.rmtree(recipe.path, ignore_errors=True)
    return ensure(recipe)


def _build(recipe: Recipe, target: Path) -> None:
    """Build in a folder aside, and put the image in its place when it is whole."""
    began = time.monotonic()
    step(f"building image {recipe.name} (once, about half a minute)")
    shutil.rmtree(target, ignore_errors=True)
    log = target.with_name(f"{recipe.name}.log")
    with log.open("w") as sink:
        said = _collector(sink.write)
        _bootstrap(recipe, target, said)
        _customise(recipe, target, said)
    target.rename(recipe.path)
    step(f"image {recipe.name} is ready after {time.monotonic() - began:.0f} s")


def _collector(write: Callable[[str], object]) -> Callable[[str], None]:
    """Return a function that logs a line, and shows it when it is mmdebstrap's progress."""

    def collect(line: str) -> None:
        write(line)
        if line.startswith("I: ") and "chosen" not in line:
            step(f"  {line[3:].strip()}")

    return collect


def _bootstrap(recipe: Recipe, target: Path, said: Callable[[str], None]) -> None:
    """Install the packages."""
    argv = ["mmdebstrap", "--variant=minbase", f"--include={','.join(recipe.packages)}", "trixie", str(target)]
    _follow([*argv, *recipe.sources], said, "")


def _customise(recipe: Recipe, target: Path, said: Callable[[str], None]) -> None:
    """Trust what this machine trusts, and run the recipe's script inside the image."""
    for name, pem in recipe.authorities.items():
        files.write(target / "usr/local/share/ca-certificates" / name, pem)
    script = "update-ca-certificates\n" + recipe.script
    _follow(["chroot", str(target), "sh", "-eu"], said, script)


def _follow(argv: list[str], said: Callable[[str], None], stdin: str) -> None:
    """Run a command of the build and pass on each line it says; LabError when it fails."""
    environment = {"PATH": search_path(), "LC_ALL": "C.UTF-8", "HOME": "/root", **_proxies()}
    lines: list[str] = []
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(stdin)
        for line in process.stdout:
            lines.append(line)
            said(line)
    if process.returncode:
        raise LabError(f"building the image failed: `{argv[0]}` exited {process.returncode}\n{tail(''.join(lines))}")


def _proxies() -> dict[str, str]:
    """Return the proxy settings of the environment, which apt honours."""
    return {key: value for key, value in os.environ.items() if key.lower() in {"http_proxy", "https_proxy"}}

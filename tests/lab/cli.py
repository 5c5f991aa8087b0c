"""What each verb of the lab's command line does."""

import argparse
import os
import subprocess
from ipaddress import IPv4Address

from tests.lab import control, host, image, inventory, record, runner, table, toolbox, world
from tests.lab.arguments import parser
from tests.lab.errors import LabError
from tests.lab.host import Host
from tests.lab.inventory import Wanted
from tests.lab.naming import Lab
from tests.lab.process import Identity
from tests.lab.progress import failure, step

_REFUSED = 2
_INTERRUPTED = 130


def main(argv: list[str]) -> int:
    """Run the command line and return its exit code: 2 for what the lab refuses or can't do."""
    arguments = parser().parse_args(argv)
    try:
        return _VERBS[arguments.verb](arguments)
    except LabError as error:
        failure(str(error))
        return _REFUSED
    except KeyboardInterrupt:
        failure("interrupted; `down` removes what was begun")
        return _INTERRUPTED


def need_root() -> None:
    """Raise LabError for anybody but root."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root (network namespaces, containers); use sudo, or Vagrant: `vagrant up`")


def _wanted(arguments: argparse.Namespace) -> Wanted:
    """Return the hosts that the arguments ask for."""
    given = inventory.from_arguments(arguments.hosts)
    listed = inventory.read(arguments.inventory) if arguments.inventory else Wanted({})
    pairs = [(name, str(address)) for name, address in (listed.hosts | given.hosts).items()]
    return Wanted(inventory.checked(pairs), listed.simulated_aws or arguments.aws)


def _command(arguments: argparse.Namespace) -> list[str]:
    """Return the words of the command after `--`."""
    words: list[str] = arguments.command
    return words[1:] if words[:1] == ["--"] else words


def _up(arguments: argparse.Namespace) -> int:
    need_root()
    wanted, lab = _wanted(arguments), control.this(arguments.name)
    owner = Identity.of(arguments.owner) if arguments.owner else None
    if arguments.owner and owner is None:
        raise LabError(f"--owner: there is no process {arguments.owner}")
    control.sweep()
    with control.hold(lab):
        opened = control.open_lab(lab, owner)
        control.up(opened, wanted.hosts, expose=arguments.expose, simulated_aws=wanted.simulated_aws)
    return 0


def _down(arguments: argparse.Namespace) -> int:
    lab = control.this(arguments.name)
    if os.geteuid() != 0 and not lab.roots.exists():
        removed = world.stop(lab)  # a simulated AWS for Vagrant is all that somebody without root can have
    else:
        need_root()
        with control.hold(lab):
            removed = control.down(lab)
    step(f"lab {lab.name!r} is removed" if removed else f"lab {lab.name!r} isn't there; nothing to remove")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    need_root()
    labs = [control.this(arguments.name)] if arguments.name else [found.lab for found in record.every()]
    print(table.as_json(labs) if arguments.json else table.show(labs))
    return 0


def _ssh(arguments: argparse.Namespace) -> int:
    need_root()
    lab = control.this(arguments.name)
    argv = host.ssh_command(Host(lab, arguments.host or _only_host(lab)), _command(arguments))
    return subprocess.run(argv, check=False).returncode


def _only_host(lab: Lab) -> str:
    """Return the name of a lab's only host; LabError when there are none or several."""
    names = [one.name for one in host.every(lab)]
    if len(names) != 1:
        raise LabError(f"ssh: which host of lab {lab.name!r}? It has: {', '.join(names) or 'none'}")
    return names[0]


def _reboot(arguments: argparse.Namespace) -> int:
    need_root()
    lab = control.this(arguments.name)
    one = Host(lab, arguments.host)
    one.spec()
    step(f"{one.name} is back after {one.reboot():.1f} s")
    return 0


def _kill(arguments: argparse.Namespace) -> int:
    need_root()
    lab = control.this(arguments.name)
    one = Host(lab, arguments.host)
    one.spec()
    with control.hold(lab):
        one.kill()
    step(f"{one.name} is off")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    need_root()
    command = _command(arguments)
    if not command:
        raise LabError("run: no command; write it after --")
    return runner.run(control.this(arguments.name), _wanted(arguments), command, expose=arguments.expose)


def _aws(arguments: argparse.Namespace) -> int:
    lab = control.this(arguments.name)
    if arguments.stop:
        step("simulated AWS stopped" if world.stop(lab) else "no simulated AWS runs")
        return 0
    world.start(lab, IPv4Address(arguments.address))
    return 0


def _image(arguments: argparse.Namespace) -> int:
    need_root()
    recipe = image.host_recipe()
    print(image.rebuild(recipe) if arguments.rebuild else image.ensure(recipe))
    return 0


def _tool(arguments: argparse.Namespace) -> int:
    need_root()
    command = _command(arguments)
    if not command:
        raise LabError("tool: no command; for example: tool -- promtool check rules monitoring/rules/*.yml")
    return toolbox.run(command)


_VERBS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "ssh": _ssh,
    "reboot": _reboot,
    "kill": _kill,
    "run": _run,
    "aws": _aws,
    "image": _image,
    "tool": _tool,
}

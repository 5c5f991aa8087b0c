"""The words of the lab's command line."""

import argparse


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m tests.lab", description="Throw-away Debian hosts on this machine.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    _hosts(_verb(verbs, "up", "boot the hosts of a lab"))
    verbs.choices["up"].add_argument("--owner", type=int, metavar="PID", help="remove the lab once this process died")
    _verb(verbs, "down", "remove all that up made")
    status = _verb(verbs, "status", "show hosts, addresses, uptime and memory", name=None)
    status.add_argument("--json", action="store_true", help="for programs")
    ssh = _verb(verbs, "ssh", "log in to a host, or run a command there")
    ssh.add_argument("host", nargs="?", help="may be left out where the lab has one host")
    ssh.add_argument("command", nargs=argparse.REMAINDER)
    _verb(verbs, "reboot", "reboot a host and wait until it is back").add_argument("host")
    _verb(verbs, "kill", "cut a host's power").add_argument("host")
    run = _verb(verbs, "run", "run a command inside a lab that lives as long as it", name="test")
    _hosts(run)
    run.add_argument("command", nargs=argparse.REMAINDER)
    aws = _verb(verbs, "aws", "run the simulated AWS alone, without root (for a Vagrant VM)")
    aws.add_argument("--address", default="192.168.56.1", help="where it answers (default: %(default)s)")
    aws.add_argument("--stop", action="store_true", help="end it")
    build = verbs.add_parser("image", help="build the image of the hosts, and say where it is")
    build.add_argument("--rebuild", action="store_true", help="anew, for fresh packages")
    tool = verbs.add_parser("tool", help="run a program of the hosts' Debian release on the checkout")
    tool.add_argument("command", nargs=argparse.REMAINDER)
    return top


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", verb: str, text: str, name: str | None = "local"
) -> argparse.ArgumentParser:
    """Add a verb that is about one lab."""
    added = verbs.add_parser(verb, help=text, description=text)
    added.add_argument("--name", default=name, help=f"the lab (default: {name or 'all'})")
    return added


def _hosts(added: argparse.ArgumentParser) -> None:
    """Add the arguments that say which hosts a lab has."""
    added.add_argument("--inventory", help="boot every host of this inventory at its ansible_host")
    added.add_argument("--hosts", nargs="+", default=[], metavar="NAME=ADDRESS", help="boot these hosts")
    added.add_argument("--aws", action="store_true", help="simulate AWS even if no inventory wants it")
    added.add_argument("--expose", action="store_true", help="let this machine's own programs reach the hosts")

"""A door for this machine alone: SSH from its address, in the security groups that let the team's addresses in.

GitHub's machines come from thousands of addresses, and another one each time. So no list of them is let in, but each
for as long as its command runs.
"""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.access.aws import AccessError, Client, explained
from tools.access.keys import PROJECT

SSH = 22
MARK = "slipway-access "
FORM = "%Y-%m-%dT%H:%M:%SZ"
# A job of GitHub's ends after six hours, whatever it does; what is older was left by one that was killed.
LEFT_AFTER = timedelta(hours=6)
WHO_AM_I = "https://checkip.amazonaws.com"

Group = dict[str, Any]


def own_address(service: str = WHO_AM_I, seconds: float = 10) -> str:
    """Return the IPv4 address from which the world sees this machine, as a service of Amazon's tells.

    Raises:
        AccessError: it doesn't tell one.
    """
    try:
        with urllib.request.urlopen(service, timeout=seconds) as answer:  # noqa: S310 - an address of our own
            return str(ipaddress.IPv4Address(answer.read(100).decode("ascii").strip()))
    except (OSError, ValueError) as error:
        raise AccessError(f"{service} doesn't tell this machine's address: {error}") from error


def doors(ec2: Client, environment: str) -> list[Group]:
    """Return the security groups of an environment in which SSH is open for some addresses: those of the edge.

    Raises:
        AccessError: there is none.
    """
    tags = {"tag:Project": PROJECT, "tag:Environment": environment}
    wanted = [{"Name": name, "Values": [value]} for name, value in tags.items()]
    with explained(f"the security groups of {environment}"):
        groups = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
    found = [group for group in groups if _ranges(group)]
    if not found:
        raise AccessError(
            f"no security group of {environment} lets addresses in by SSH; `make provision ENV={environment}` makes one"
        )
    return found


@contextmanager
def open_door(ec2: Client, environment: str, address: str) -> Iterator[None]:
    """Let an address in by SSH for as long as the block runs, and take away what killed ones left.

    Raises:
        AccessError: the role may not.
    """
    now = datetime.now(UTC)
    own = f"{address}/32"
    with ExitStack() as closing:
        for group in doors(ec2, environment):
            for left in [one for one in _ranges(group) if _is_left(one.get("Description", ""), now)]:
                _close(ec2, group["GroupId"], left["CidrIp"])
            if own not in [one["CidrIp"] for one in _ranges(group)]:
                _open(ec2, group["GroupId"], own, f"{MARK}{now:{FORM}}")
                closing.callback(_close, ec2, group["GroupId"], own)
        yield


def _ranges(group: Group) -> list[dict[str, str]]:
    """Return the addresses that a group lets in by SSH."""
    rules = [rule for rule in group["IpPermissions"] if (rule.get("FromPort"), rule.get("ToPort")) == (SSH, SSH)]
    return [one for rule in rules for one in rule["IpRanges"]]


def _is_left(description: str, now: datetime) -> bool:
    try:
        opened = datetime.strptime(description.removeprefix(MARK), FORM).replace(tzinfo=UTC)
    except ValueError:
        return False
    return description.startswith(MARK) and now - opened > LEFT_AFTER


def _rule(addresses: str, description: str = "") -> list[dict[str, Any]]:
    source = {"CidrIp": addresses} | ({"Description": description} if description else {})
    return [{"IpProtocol": "tcp", "FromPort": SSH, "ToPort": SSH, "IpRanges": [source]}]


def _open(ec2: Client, group: str, addresses: str, description: str) -> None:
    with explained(f"letting {addresses} into {group}"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=_rule(addresses, description))


def _close(ec2: Client, group: str, addresses: str) -> None:
    with explained(f"shutting {addresses} out of {group}"):
        try:
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=_rule(addresses))
        except ec2.exceptions.ClientError as error:
            # `make provision` takes away what it doesn't know.
            if error.response["Error"]["Code"] != "InvalidPermission.NotFound":
                raise

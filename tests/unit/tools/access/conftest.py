"""A simulated AWS in this process, with what `make provision` leaves for one environment."""

from __future__ import annotations

from collections.abc import Iterator

import boto3  # type: ignore[import-untyped]
import pytest
from moto import mock_aws

from tools.access.aws import Client

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nnone\n-----END OPENSSH PRIVATE KEY-----"
KNOWN = "203.0.113.7 ssh-ed25519 AAAA"
TEAM = "198.51.100.0/24"


# A client takes longer to make than all that a test asks of it.
@pytest.fixture(name="amazon", scope="module", autouse=True)
def _amazon() -> Iterator[None]:
    """Have every call of boto3 answered here."""
    told = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
            patch.delenv(name, raising=False)
        for name, value in told.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(name="ssm", scope="module")
def _ssm() -> Client:
    """Return the Parameter Store, with staging's keys."""
    store = boto3.client("ssm")
    store.put_parameter(Name="/slipway/staging/ssh_key", Value=KEY, Type="SecureString")
    store.put_parameter(Name="/slipway/staging/known_hosts", Value=KNOWN, Type="String")
    return store


@pytest.fixture(name="cloud", scope="module")
def _cloud() -> Client:
    """Return EC2, without security groups of ours."""
    return boto3.client("ec2")


@pytest.fixture(name="ec2")
def _ec2(cloud: Client) -> Iterator[Client]:
    """EC2, with staging's security groups: the edge's lets the team in, the other lets in by way of the edge."""
    edge = make_group(cloud, "edge")
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    web = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    team = ssh | {"IpRanges": [{"CidrIp": TEAM, "Description": "SSH of the team"}]}
    cloud.authorize_security_group_ingress(GroupId=edge, IpPermissions=[team, web])
    inside = ssh | {"UserIdGroupPairs": [{"GroupId": edge}]}
    cloud.authorize_security_group_ingress(GroupId=make_group(cloud, "all"), IpPermissions=[inside])
    yield cloud
    ours = [{"Name": "tag:Project", "Values": ["slipway"]}]
    groups = cloud.describe_security_groups(Filters=ours)["SecurityGroups"]
    for group in sorted(groups, key=lambda group: str(group["GroupName"]).endswith("-edge")):
        cloud.delete_security_group(GroupId=group["GroupId"])


def make_group(ec2: Client, name: str, environment: str = "staging") -> str:
    """Make a security group as `make provision` does; return its id."""
    tags = {"Project": "slipway", "Environment": environment, "Name": f"slipway-{environment}-{name}"}
    labels = [{"Key": key, "Value": value} for key, value in tags.items()]
    made = ec2.create_security_group(
        GroupName=tags["Name"],
        Description=name,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": labels}],
    )
    return str(made["GroupId"])

"""What provision made, by what the API says of it: nothing is open, readable or allowed that need not be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud import Cloud, tags

pytestmark = pytest.mark.timeout(1800)  # the first provisions
ANYWHERE = {"0.0.0.0/0", "::/0"}


def rules(cloud: Cloud) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each rule by which something may come in, with its group's name."""
    for group in cloud.api("ec2").describe_security_groups()["SecurityGroups"]:
        if group["VpcId"] in {vpc["VpcId"] for vpc in own(cloud, "describe_vpcs", "Vpcs")}:
            yield from ((group["GroupName"], rule) for rule in group["IpPermissions"])


def own(cloud: Cloud, call: str, key: str) -> list[dict[str, Any]]:
    """Return what EC2 lists of the environment's."""
    wanted = [{"Name": "tag:Environment", "Values": [cloud.environment]}]
    return list(getattr(cloud.api("ec2"), call)(Filters=wanted)[key])


def statements(cloud: Cloud) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement of each policy that a role of the environment has, with the role's name."""
    iam = cloud.api("iam")
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"], f"{name} has a foreign policy"
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield from ((name, statement) for statement in document["Statement"])


def listed(value: str | list[str]) -> list[str]:
    """Return a policy's one or many as a list."""
    return [value] if isinstance(value, str) else value


def test_the_world_reaches_the_edge_by_http_and_https_and_nothing_else(cloud: Cloud) -> None:
    open_to_all = {
        (group, rule.get("FromPort"), rule.get("ToPort"), rule["IpProtocol"])
        for group, rule in rules(cloud)
        if {entry["CidrIp"] for entry in rule["IpRanges"]} & ANYWHERE
        or {entry["CidrIpv6"] for entry in rule.get("Ipv6Ranges", [])} & ANYWHERE
    }

    assert open_to_all == {("slipway-production-edge", 80, 80, "tcp"), ("slipway-production-edge", 443, 443, "tcp")}


def test_but_for_the_edge_doors_name_groups_and_no_addresses(cloud: Cloud) -> None:
    by_address = {group for group, rule in rules(cloud) if rule["IpRanges"] or rule.get("Ipv6Ranges")}

    assert by_address == {"slipway-production-edge"}


def test_the_team_logs_in_from_its_addresses_alone(cloud: Cloud) -> None:
    ssh = [rule for group, rule in rules(cloud) if rule.get("FromPort") == 22 and rule["IpRanges"]]

    assert [entry["CidrIp"] for rule in ssh for entry in rule["IpRanges"]] == cloud.settings["cloud_admin_addresses"]


def test_hosts_get_out_to_the_world_on_few_ports(cloud: Cloud) -> None:
    out = {
        rule.get("FromPort")
        for group in own(cloud, "describe_security_groups", "SecurityGroups")
        for rule in group["IpPermissionsEgress"]
        if {entry["CidrIp"] for entry in rule["IpRanges"]} & ANYWHERE
    }

    assert out == {80, 443, 587}


def test_every_disk_is_encrypted(cloud: Cloud) -> None:
    disks = cloud.api("ec2").describe_volumes()["Volumes"]

    assert [disk["VolumeId"] for disk in disks if not disk["Encrypted"]] == []
    assert len(disks) == len(cloud.instances()) + 1, "each host's own, and the data's"


def test_only_version_2_of_the_metadata_service_answers_and_only_the_host_itself(cloud: Cloud) -> None:
    options = [instance["MetadataOptions"] for instance in cloud.instances().values()]

    assert {(one["HttpTokens"], one["HttpPutResponseHopLimit"]) for one in options} == {("required", 1)}


def test_production_s_hosts_are_not_terminated_by_accident(cloud: Cloud) -> None:
    ec2 = cloud.api("ec2")
    unprotected = [
        name
        for name, instance in cloud.instances().items()
        if not ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="disableApiTermination")[
            "DisableApiTermination"
        ]["Value"]
    ]

    assert unprotected == []


def test_no_role_may_do_anything_to_everything(cloud: Cloud) -> None:
    found = list(statements(cloud))
    too_wide = [
        (role, statement["Sid"])
        for role, statement in found
        if any("*" in action for action in listed(statement["Action"])) or "NotAction" in statement
    ]
    on_all = {action for _, one in found if "*" in listed(one["Resource"]) for action in listed(one["Action"])}

    assert found
    assert too_wide == []
    assert on_all == {
        "ses:GetAccount",
        "ec2:DescribeInstances",
        "ec2:DescribeRegions",
        "ec2:DescribeSecurityGroups",
    }, "these have no narrower resource"


def test_no_host_may_destroy_backups_for_good(cloud: Cloud) -> None:
    allowed = {action for role, one in statements(cloud) for action in listed(one["Action"]) if "deploy" not in role}

    assert not allowed & {"s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"}


def test_no_bucket_is_for_others(cloud: Cloud) -> None:
    s3 = cloud.api("s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    blocked = [s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] for name in names]

    assert sorted(names) == ["slipway-123456789012-production-artifacts", "slipway-123456789012-production-backups"]
    assert all(all(one.values()) and len(one) == 4 for one in blocked)
    assert all(s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled" for name in names)
    assert all(s3.get_bucket_encryption(Bucket=name) for name in names)


def test_everything_tells_whose_it_is(cloud: Cloud) -> None:
    ec2, iam, s3, sns = (cloud.api(service) for service in ("ec2", "iam", "s3", "sns"))
    things = [
        *((one["InstanceId"], tags(one)) for one in cloud.instances().values()),
        *((one["VolumeId"], tags(one)) for one in ec2.describe_volumes()["Volumes"]),
        *((one["AllocationId"], tags(one)) for one in ec2.describe_addresses()["Addresses"]),
        *((one["NatGatewayId"], tags(one)) for one in ec2.describe_nat_gateways()["NatGateways"]),
        *(
            (one["VpcEndpointId"], tags(one))
            for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            if one["State"] != "deleted"  # of an environment that was torn down
        ),
        *((one["KeyName"], tags(one)) for one in ec2.describe_key_pairs()["KeyPairs"]),
        *((one["RoleName"], tags(iam.get_role(RoleName=one["RoleName"])["Role"])) for one in iam.list_roles()["Roles"]),
        *((one["Name"], tags(s3.get_bucket_tagging(Bucket=one["Name"]))) for one in s3.list_buckets()["Buckets"]),
        *(
            (one["TopicArn"], tags(sns.list_tags_for_resource(ResourceArn=one["TopicArn"])))
            for one in sns.list_topics()["Topics"]
        ),
    ]
    whose = {"Project": "slipway", "Environment": "production"}

    assert [name for name, found in things if not whose.items() <= found.items()] == []
    assert len(things) > 20

"""What is in an account."""

from __future__ import annotations

from tests.cloud import Cloud, tags


def left(cloud: Cloud) -> dict[str, list[str]]:
    """Return by kind what is left in the account but what every account is born with, and the zone that was there."""
    ec2, iam = cloud.api("ec2"), cloud.api("iam")
    mine = [{"Name": "tag:Environment", "Values": [cloud.environment]}]
    zone = cloud.api("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    records = cloud.api("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = {
        "buckets": [bucket["Name"] for bucket in cloud.api("s3").list_buckets()["Buckets"]],
        "volumes": [one["VolumeId"] for one in ec2.describe_volumes()["Volumes"]],
        "addresses": [one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]],
        "gateways": [
            one["NatGatewayId"] for one in ec2.describe_nat_gateways()["NatGateways"] if one["State"] != "deleted"
        ],
        "networks": [one["VpcId"] for one in ec2.describe_vpcs(Filters=mine)["Vpcs"]],
        "keys": [one["KeyName"] for one in ec2.describe_key_pairs()["KeyPairs"]],
        "roles": [one["RoleName"] for one in iam.list_roles()["Roles"]],
        "profiles": [one["InstanceProfileName"] for one in iam.list_instance_profiles()["InstanceProfiles"]],
        "topics": [one["TopicArn"] for one in cloud.api("sns").list_topics()["Topics"]],
        "parameters": [one["Name"] for one in cloud.api("ssm").describe_parameters()["Parameters"]],
        "budgets": [
            one["BudgetName"]
            for one in cloud.api("budgets").describe_budgets(AccountId="123456789012").get("Budgets", [])
        ],
        "records": [one["Name"] for one in records if one["Type"] not in ("NS", "SOA")],
        "tagged": [tags(one)["Name"] for one in ec2.describe_subnets(Filters=mine)["Subnets"]],
    }
    return {kind: names for kind, names in found.items() if names}

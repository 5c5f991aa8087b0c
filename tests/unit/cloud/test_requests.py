"""The check of requests finds what it is for."""

from __future__ import annotations

import json

import pytest

from tests.cloud_tests.requests import doubts


def ask(service: str, operation: str, **wanted: object) -> list[str]:
    """Return what is wrong with a request."""
    return doubts((service, operation, json.dumps(wanted)))


def test_a_sound_request_is_taken() -> None:
    assert ask("s3", "CreateBucket", Bucket="slipway", ACL="private") == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (ask("s3", "CreateBucket", Bucket="slipway", ACL="mine"), "ACL is 'mine'; it may be private, public-read"),
        (ask("s3", "CreateBucket"), 'Missing required parameter in input: "Bucket"'),
        (ask("iam", "CreateRole", RoleName="a b", AssumeRolePolicyDocument="{}"), "it must match"),
        (
            ask("iam", "CreateRole", RoleName="r" * 65, AssumeRolePolicyDocument="{}"),
            "has 65 characters; the most is 64",
        ),
        (ask("ssm", "PutParameter", Name="n", Value="v", Type="Text"), "Type is 'Text'; it may be String, StringList"),
        (ask("ec2", "RunInstances", MinCount="one", MaxCount=1), "Invalid type for parameter MinCount"),
    ],
)
def test_what_aws_would_refuse_is_found(said: list[str], why: str) -> None:
    assert why in "\n".join(said)

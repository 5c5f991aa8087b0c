"""The simulated S3 refuses what a bucket's policy refuses, and no more."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from flask import Flask
from moto.iam.access_control import PermissionResult
from moto.s3.models import S3Backend

from tests.lab import aws_s3

OBJECT = "arn:aws:s3:::backups/a"
BY_TLS = {"X-Forwarded-Proto": "https"}


def statement(action: str = "s3:*", **condition: str) -> dict[str, Any]:
    """Return a refusal."""
    own = {"Condition": {"Bool": condition}} if condition else {}
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": [OBJECT], **own}


ONLY_BY_TLS = statement(**{"aws:SecureTransport": "false"})


@pytest.mark.parametrize(
    ("statements", "headers", "said"),
    [
        ([ONLY_BY_TLS], {}, PermissionResult.DENIED),
        ([ONLY_BY_TLS], BY_TLS, PermissionResult.NEUTRAL),
        ([ONLY_BY_TLS, statement("s3:PutObject")], BY_TLS, PermissionResult.DENIED),
        ([statement("s3:DeleteObject")], BY_TLS, PermissionResult.NEUTRAL),
    ],
)
def test_a_refusal_of_requests_without_tls_is_for_these_alone(
    statements: list[dict[str, Any]], headers: dict[str, str], said: PermissionResult
) -> None:
    bucket = S3Backend("global", "123456789012").create_bucket(uuid.uuid4().hex, "eu-central-1")
    bucket.policy = json.dumps({"Version": "2012-10-17", "Statement": statements}).encode()
    whole = bucket.policy
    with Flask("aws").test_request_context("/backups/a", headers=headers):
        assert aws_s3.permission(bucket, "s3:PutObject", OBJECT) == said

    assert bucket.policy == whole

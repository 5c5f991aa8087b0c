"""Buckets' policies as S3 has them: moto looks at no condition, so that a refusal of requests without TLS refuses all.

Importing it takes a second, since moto does.
"""

import json
from typing import Any

from flask import has_request_context, request
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

_permission = FakeBucket.get_permission


def _is_for(statement: dict[str, Any], *, tls: bool) -> bool:
    """Return whether a statement is for requests with, or without, TLS."""
    asked = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return asked is None or (str(asked).lower() == "true") == tls


def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Return what a bucket's policy says to this request."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    # The lab's nginx has TLS, and says so.
    tls = has_request_context() and request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
    policy["Statement"] = [statement for statement in policy["Statement"] if _is_for(statement, tls=tls)]
    as_a_whole, bucket.policy = bucket.policy, json.dumps(policy).encode()
    try:
        said: PermissionResult = _permission(bucket, action, resource)
    finally:
        bucket.policy = as_a_whole
    return said


def teach() -> None:
    """Have moto's buckets in this process look at it."""
    setattr(FakeBucket, "get_permission", permission)  # noqa: B010 - mypy forbids the plain form

"""AWS as an environment's role: what the other parts ask of it, and what it says when it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from tools.aws_profile import profile_of

Client = Any  # boto3 ships no types


class AccessError(Exception):
    """There is no way to the hosts. The message says what is missing and what to do."""


def session_of(environment: str, told: Mapping[str, str]) -> Client:
    """Return a session as the role of the environment; the profile's where there is one.

    Raises:
        AccessError: there is no such profile.
    """
    with explained(f"{environment}'s AWS profile"):
        return boto3.Session(profile_name=profile_of(environment, told).get("AWS_PROFILE"))


def client_of(session: Client, service: str) -> Client:
    """Return a client of one of AWS's services, in the session's region.

    Raises:
        AccessError: no region is set.
    """
    with explained(f"AWS's {service}"):
        return session.client(service)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what AWS refuses into an error that says at what it was.

    Raises:
        AccessError: AWS refused, or couldn't be asked.
    """
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise AccessError(f"{what}: AWS says {said['Code']}: {said['Message']}") from error
    except BotoCoreError as error:
        raise AccessError(f"{what}: {error}") from error

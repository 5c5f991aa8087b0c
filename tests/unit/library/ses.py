"""The module `ses_domain` as its tests run it, and what SES says afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from library import ses_domain
from tests.unit.library.simulated_aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

DOMAIN = "example.com"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:mailroom"
IDENTITY_ARN = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{DOMAIN}"
SET_ARN = f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/mailroom"


@pytest.fixture
def domain(run_module: Callable[..., Outcome], aws: SimulatedAws) -> Callable[..., Outcome]:
    """Run the module for a domain."""
    del aws

    def run(*, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        arguments = {"domain": DOMAIN, "configuration_set": "mailroom", "topic_arn": TOPIC, **more}
        return run_module(ses_domain.main, arguments, check=check)

    return run


def identity(aws: SimulatedAws) -> dict[str, Any]:
    """Return what SES says of the domain."""
    return aws.ask("sesv2", "get_email_identity", EmailIdentity=DOMAIN)


def identities(aws: SimulatedAws) -> list[str]:
    """Return the names of all identities."""
    return [each["IdentityName"] for each in aws.ask("sesv2", "list_email_identities")["EmailIdentities"]]


def sets(aws: SimulatedAws) -> list[str]:
    """Return the names of all configuration sets."""
    return list(aws.ask("sesv2", "list_configuration_sets")["ConfigurationSets"])


def destinations(aws: SimulatedAws, name: str = "mailroom") -> dict[str, Any]:
    """Return the event destinations of a configuration set, by name."""
    call = "get_configuration_set_event_destinations"
    told = aws.ask("sesv2", call, ConfigurationSetName=name)["EventDestinations"]
    return {each.pop("Name"): each for each in told}


def tags(aws: SimulatedAws, arn: str) -> dict[str, str]:
    """Return the tags of a thing of SES."""
    listed = aws.ask("sesv2", "list_tags_for_resource", ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}

"""The module `ses_domain` has SES send for a domain, and tell a topic what became of the mail."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.tree import ROOT
from tests.unit.library.ses import DOMAIN, IDENTITY_ARN, SET_ARN, TOPIC, destinations, identities, identity, sets, tags
from tests.unit.library.simulated_aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

UNDERSTOOD = ["BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "REJECT", "RENDERING_FAILURE"]


def sns(events: list[str], topic: str = TOPIC) -> dict[str, Any]:
    return {"Enabled": True, "MatchingEventTypes": events, "SnsDestination": {"TopicArn": topic}}


def test_a_domain_is_made_with_its_set_and_its_event_destination(
    domain: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    outcome = domain(tags={"Environment": "production"})

    assert outcome.changed
    assert outcome.result["identity_arn"] == IDENTITY_ARN
    assert outcome.result["configuration_set_arn"] == SET_ARN
    assert identity(aws)["ConfigurationSetName"] == "mailroom"
    assert identity(aws)["DkimAttributes"]["SigningEnabled"]
    assert identity(aws)["DkimAttributes"]["NextSigningKeyLength"] == "RSA_2048_BIT"
    assert destinations(aws) == {"sns": sns(UNDERSTOOD)}
    assert tags(aws, IDENTITY_ARN) == tags(aws, SET_ARN) == {"Environment": "production"}


def test_the_records_that_the_domain_needs_are_told(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    told = domain().result
    tokens = identity(aws)["DkimAttributes"]["Tokens"]

    assert len(tokens) == 3
    assert told["dkim_tokens"] == tokens
    assert told["dns_records"][0] == {
        "name": f"{tokens[0]}._domainkey.example.com",
        "type": "CNAME",
        "value": f"{tokens[0]}.dkim.amazonses.com",
    }
    assert (told["verified"], told["dkim_status"]) == (True, "SUCCESS")


def test_the_records_point_to_the_zone_that_ses_names(domain: Callable[..., Outcome]) -> None:
    from moto.ses.models import ses_backends  # noqa: PLC0415 - it takes a second

    domain()
    known = ses_backends[ACCOUNT][REGION].email_identities[DOMAIN]
    known.dkim_attributes |= {"SigningHostedZone": "dkim.af-south-1.amazonses.com", "Tokens": ["abc"]}

    assert [record["value"] for record in domain().result["dns_records"]] == ["abc.dkim.af-south-1.amazonses.com"]


def test_a_domain_that_ses_has_not_seen_yet_is_not_verified(domain: Callable[..., Outcome]) -> None:
    from moto.ses.models import ses_backends  # noqa: PLC0415

    domain()
    ses_backends[ACCOUNT][REGION].email_identities[DOMAIN].verification_status = "PENDING"

    assert domain().result["verified"] is False


def test_the_topic_is_told_of_all_that_mailroom_understands(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    source = ast.parse((ROOT / "app/src/mailroom/feedback/entities.py").read_text(encoding="utf-8"))
    [kinds] = [node for node in source.body if isinstance(node, ast.ClassDef) and node.name == "ReportKind"]
    names = [node.targets[0].id for node in kinds.body if isinstance(node, ast.Assign)]  # type: ignore[attr-defined]
    domain()

    assert destinations(aws)["sns"]["MatchingEventTypes"] == sorted(names)


def test_a_second_run_changes_nothing(domain: Callable[..., Outcome]) -> None:
    first = domain(tags={"Environment": "production"})
    second = domain(tags={"Environment": "production"}, domain="Example.com.", events=UNDERSTOOD[::-1])

    assert not second.changed
    assert second.result["dns_records"] == first.result["dns_records"]


def test_another_topic_and_other_events_are_told(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain()

    assert domain(topic_arn=f"{TOPIC}-2").changed
    assert destinations(aws)["sns"]["SnsDestination"] == {"TopicArn": f"{TOPIC}-2"}
    assert domain(topic_arn=f"{TOPIC}-2", events=["SEND"]).changed
    assert destinations(aws) == {"sns": sns(["SEND"], f"{TOPIC}-2")}


def test_an_event_destination_that_was_switched_off_is_switched_on(
    domain: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    domain()
    off = {"EventDestinationName": "sns", "EventDestination": sns(UNDERSTOOD) | {"Enabled": False}}
    aws.ask("sesv2", "update_configuration_set_event_destination", ConfigurationSetName="mailroom", **off)

    assert domain().changed
    assert destinations(aws)["sns"]["Enabled"]


def test_other_event_destinations_stay(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain(event_destination="others", events=["OPEN"])

    assert domain().changed
    assert destinations(aws) == {"others": sns(["OPEN"]), "sns": sns(UNDERSTOOD)}


def test_an_identity_goes_over_to_another_set(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain()

    assert domain(configuration_set="other").changed
    assert identity(aws)["ConfigurationSetName"] == "other"
    assert sorted(sets(aws)) == ["mailroom", "other"]


def test_tags_are_changed_on_both(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain(tags={"Owner": "ann", "Team": "ops"})
    outcome = domain(tags={"Owner": "bea"})

    assert outcome.result["diff"]["before"]["identity"]["tags"] == {"Owner": "ann", "Team": "ops"}
    assert tags(aws, IDENTITY_ARN) == tags(aws, SET_ARN) == {"Owner": "bea"}


def test_other_tags_stay_when_that_is_asked_for(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain(tags={"Team": "ops"})

    assert domain(tags={"Owner": "bea"}, purge_tags=False).changed
    assert tags(aws, IDENTITY_ARN) == tags(aws, SET_ARN) == {"Owner": "bea", "Team": "ops"}


def test_a_domain_that_is_there_without_dkim_gets_keys(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    aws.ask("ses", "verify_domain_identity", Domain=DOMAIN)
    outcome = domain()

    assert outcome.result["diff"]["before"]["identity"] == {"configuration_set": None, "dkim": False, "tags": {}}
    assert len(outcome.result["dns_records"]) == 3
    assert identity(aws)["DkimAttributes"]["SigningEnabled"]
    assert not domain().changed


def test_signing_that_was_switched_off_is_switched_on_with_the_same_keys(
    domain: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    before = domain().result["dkim_tokens"]
    aws.ask("sesv2", "put_email_identity_dkim_attributes", EmailIdentity=DOMAIN, SigningEnabled=False)
    outcome = domain()

    assert outcome.changed
    assert outcome.result["dkim_tokens"] == before
    assert identity(aws)["DkimAttributes"]["SigningEnabled"]


def test_a_domain_with_a_key_of_its_own_is_refused_and_left_as_it_is(
    domain: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    aws.ask("sesv2", "create_email_identity", EmailIdentity=DOMAIN)
    own = {"DomainSigningSelector": "own", "DomainSigningPrivateKey": "a2V5"}
    call = "put_email_identity_dkim_signing_attributes"
    aws.ask("sesv2", call, EmailIdentity=DOMAIN, SigningAttributesOrigin="EXTERNAL", SigningAttributes=own)
    outcome = domain()

    assert outcome.failed
    assert "example.com signs with a key of its own (BYODKIM)" in outcome.message
    assert sets(aws) == []


@pytest.mark.parametrize("name", ["mail@example.com", "localhost"])
def test_what_is_no_domain_is_refused(domain: Callable[..., Outcome], aws: SimulatedAws, name: str) -> None:
    outcome = domain(domain=name)

    assert outcome.message == f"{name} is no domain, such as example.com; nothing was changed."
    assert sets(aws) == []


@pytest.mark.parametrize(("topic", "told"), [(None, "empty"), ("mailroom", "mailroom")])
def test_what_is_no_topic_is_refused(
    domain: Callable[..., Outcome], aws: SimulatedAws, topic: str | None, told: str
) -> None:
    outcome = domain(topic_arn=topic)

    assert outcome.message == f"topic_arn is {told}, and must be an SNS topic's; nothing was changed."
    assert sets(aws) == []


def test_both_are_removed_once(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain()
    outcome = domain(state="absent")

    assert outcome.changed
    assert outcome.result["identity_arn"] == IDENTITY_ARN
    assert (identities(aws), sets(aws)) == ([], [])
    assert not domain(state="absent").changed


def test_what_is_left_of_both_is_removed(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain()
    aws.ask("sesv2", "delete_email_identity", EmailIdentity=DOMAIN)

    assert domain(state="absent").changed
    assert sets(aws) == []


def test_check_mode_tells_of_a_new_domain_and_makes_none(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    outcome = domain(check=True)

    assert outcome.changed
    assert outcome.result["dns_records"] == []
    assert (outcome.result["verified"], outcome.result["dkim_status"]) == (False, "NOT_STARTED")
    assert (identities(aws), sets(aws)) == ([], [])


def test_check_mode_tells_of_changes_and_makes_none(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain(tags={"Owner": "ann"})
    before = (identity(aws), destinations(aws), tags(aws, IDENTITY_ARN), tags(aws, SET_ARN))

    assert domain(topic_arn=f"{TOPIC}-2", check=True).changed
    assert domain(tags={}, check=True).changed
    assert domain(configuration_set="other", check=True).changed
    assert domain(state="absent", check=True).changed
    assert (identity(aws), destinations(aws), tags(aws, IDENTITY_ARN), tags(aws, SET_ARN)) == before
    assert sets(aws) == ["mailroom"]

"""The module `ses_domain` leaves a domain alone that is another environment's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.library.ses import DOMAIN, identities, identity, sets

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

OWNER = {"tags": {"Environment": "production"}, "owner_tags": ["Environment"]}


def test_a_domain_of_another_is_refused_and_left_as_it_is(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain(configuration_set="staging", tags={"Environment": "staging"})
    outcome = domain(**OWNER)

    assert outcome.failed
    assert "example.com belongs to another in this account (Environment=staging)" in outcome.message
    assert (identity(aws)["ConfigurationSetName"], sets(aws)) == ("staging", ["staging"])


def test_a_domain_of_another_stays_when_ours_is_removed(domain: Callable[..., Outcome], aws: SimulatedAws) -> None:
    domain(configuration_set="staging", tags={"Environment": "staging"})
    outcome = domain(state="absent", **OWNER)

    assert (outcome.changed, outcome.result["dns_records"]) == (False, [])
    assert (identities(aws), sets(aws)) == ([DOMAIN], ["staging"])


def test_a_domain_without_an_owner_and_with_ours_is_kept_and_removed(
    domain: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    domain()

    assert domain(**OWNER).changed
    assert not domain(**OWNER).changed
    assert domain(state="absent", **OWNER).changed
    assert identities(aws) == []


def test_what_would_be_removed_is_told_with_its_records(domain: Callable[..., Outcome]) -> None:
    records = domain(**OWNER).result["dns_records"]

    assert domain(state="absent", check=True, **OWNER).result["dns_records"] == records

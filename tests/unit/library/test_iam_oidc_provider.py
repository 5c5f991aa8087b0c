"""The module `iam_oidc_provider` keeps an account's OpenID Connect provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from library import iam_oidc_provider
from tests.unit.library.simulated_aws import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

ISSUER = "https://token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
THUMBPRINT = "6938fd4d98bab03faadb97b34396831e3780aea1"


@pytest.fixture
def provider(run_module: Callable[..., Outcome], aws: SimulatedAws) -> Callable[..., Outcome]:
    """Run the module for GitHub's issuer."""
    del aws

    def run(*, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        return run_module(iam_oidc_provider.main, {"url": ISSUER, **more}, check=check)

    return run


def providers(aws: SimulatedAws) -> list[str]:
    listed = aws.ask("iam", "list_open_id_connect_providers")["OpenIDConnectProviderList"]
    return [each["Arn"] for each in listed]


def found(aws: SimulatedAws) -> dict[str, Any]:
    return aws.ask("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=ARN)


def tags(aws: SimulatedAws) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found(aws)["Tags"]}


def test_a_provider_is_made(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    outcome = provider(tags={"Owner": "slipway"})

    assert outcome.changed
    assert outcome.result["arn"] == ARN
    assert providers(aws) == [ARN]
    assert found(aws)["ClientIDList"] == ["sts.amazonaws.com"]
    assert found(aws)["ThumbprintList"] == []
    assert tags(aws) == {"Owner": "slipway"}


def test_a_second_run_changes_nothing(provider: Callable[..., Outcome]) -> None:
    provider(tags={"Owner": "slipway"}, thumbprints=[THUMBPRINT])

    assert not provider(tags={"Owner": "slipway"}, thumbprints=[THUMBPRINT.upper()]).changed


def test_a_client_id_is_added_to_those_that_others_need(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(client_ids=["others"])
    outcome = provider(client_ids=["ours"])

    assert outcome.result["diff"]["before"]["provider"]["client_ids"] == ["others"]
    assert outcome.result["diff"]["after"]["provider"]["client_ids"] == ["others", "ours"]
    assert sorted(found(aws)["ClientIDList"]) == ["others", "ours"]


def test_other_client_ids_go_when_that_is_asked_for(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(client_ids=["others", "ours"])

    assert not provider(client_ids=["ours"]).changed
    assert provider(client_ids=["ours"], purge_client_ids=True).changed
    assert found(aws)["ClientIDList"] == ["ours"]


def test_thumbprints_are_changed_and_stay_when_none_are_named(
    provider: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    provider(thumbprints=["0" * 40])

    assert provider(thumbprints=[THUMBPRINT]).changed
    assert not provider().changed
    assert found(aws)["ThumbprintList"] == [THUMBPRINT]


def test_tags_are_set_changed_and_removed(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(tags={"Owner": "ann", "Team": "ops"})

    assert provider(tags={"Owner": "bea", "Cost": 7}).changed
    assert tags(aws) == {"Owner": "bea", "Cost": "7"}


def test_other_tags_stay_when_that_is_asked_for(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(tags={"Team": "ops"})

    assert provider(tags={"Owner": "bea"}, purge_tags=False).changed
    assert tags(aws) == {"Team": "ops", "Owner": "bea"}


def test_tags_that_are_not_spoken_of_stay(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(tags={"Team": "ops"})

    assert not provider().changed
    assert tags(aws) == {"Team": "ops"}


def test_a_tag_whose_name_changes_in_case_only_is_there_afterwards(
    provider: Callable[..., Outcome], aws: SimulatedAws
) -> None:
    provider(tags={"owner": "ann"})
    provider(tags={"Owner": "ann"})

    assert tags(aws) == {"Owner": "ann"}


def test_a_provider_is_removed_once(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider()

    assert provider(state="absent").changed
    assert providers(aws) == []
    assert not provider(state="absent").changed


def test_another_issuers_provider_stays(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(url="https://example.com/github")
    provider()
    provider(state="absent")

    assert providers(aws) == [f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com/github"]


def test_check_mode_tells_of_a_new_provider_and_makes_none(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    outcome = provider(check=True)

    assert outcome.changed
    assert outcome.result["arn"] == ARN
    assert providers(aws) == []


def test_check_mode_tells_of_changes_and_makes_none(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(tags={"Owner": "ann"}, thumbprints=[THUMBPRINT])

    assert provider(client_ids=["ours"], check=True).changed
    assert provider(tags={}, check=True).changed
    assert provider(thumbprints=["0" * 40], check=True).changed
    assert provider(state="absent", check=True).changed
    assert found(aws)["ClientIDList"] == ["sts.amazonaws.com"]
    assert found(aws)["ThumbprintList"] == [THUMBPRINT]
    assert tags(aws) == {"Owner": "ann"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "example.com",
        "https://example.com:8443",
        "https://user@example.com",
        "https://example.com/?a=b",
        f"https://example.com/{'a' * 240}",
    ],
)
def test_what_is_no_issuer_for_iam_is_refused(provider: Callable[..., Outcome], aws: SimulatedAws, url: str) -> None:
    outcome = provider(url=url)

    assert outcome.failed
    assert outcome.message == (
        f"{url} is no issuer for IAM: it must be https://, without port, user and query, of 255 characters at most; "
        "nothing was changed."
    )
    assert providers(aws) == []


def test_a_provider_that_would_believe_nothing_is_refused(provider: Callable[..., Outcome]) -> None:
    assert provider(client_ids=[]).message == "client_ids is empty, so no token would be believed; nothing was changed."


def test_a_thumbprint_with_colons_is_refused(provider: Callable[..., Outcome]) -> None:
    outcome = provider(thumbprints=[THUMBPRINT, "69:38:fd"])

    assert outcome.message == ("69:38:fd is no thumbprint: 40 hexadecimal digits without colons; nothing was changed.")


def test_what_iam_refuses_is_told_with_its_reason(provider: Callable[..., Outcome]) -> None:
    outcome = provider(client_ids=[f"client-{number}" for number in range(101)])

    assert outcome.failed
    assert outcome.message.startswith(f"Can't bring IAM's provider for {ISSUER} to what was asked: An error occurred")
    assert "ClientIdsPerOpenIdConnectProvider: 100" in outcome.message


OWNER = {"tags": {"Project": "mail"}, "owner_tags": ["Project"], "purge_tags": False}


@pytest.mark.parametrize("theirs", [{}, {"Project": "shop"}])
def test_a_provider_that_others_made_is_used_and_stays_theirs(
    provider: Callable[..., Outcome], aws: SimulatedAws, theirs: dict[str, str]
) -> None:
    provider(client_ids=["shop"], tags=theirs)

    assert provider(**OWNER).changed
    assert sorted(found(aws)["ClientIDList"]) == ["shop", "sts.amazonaws.com"]
    assert tags(aws) == theirs
    assert not provider(**OWNER).changed
    assert not provider(state="absent", **OWNER).changed
    assert providers(aws) == [ARN]


def test_a_provider_of_our_own_is_removed(provider: Callable[..., Outcome], aws: SimulatedAws) -> None:
    provider(**OWNER)

    assert tags(aws) == {"Project": "mail"}
    assert not provider(**OWNER).changed
    assert provider(state="absent", **OWNER).changed
    assert providers(aws) == []

"""What our modules for AWS share: they ask again, and work where they are told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import aws_service

from library import aws_budget, iam_oidc_provider, ses_domain
from tests.unit.library.simulated_aws import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome
    from tests.unit.library.simulated_aws import SimulatedAws

DOMAIN = {"domain": "example.com", "configuration_set": "mailroom", "topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:x"}


@pytest.fixture
def refusals(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The errors with which SES answers the next questions for an identity; modules wait for nothing between."""
    from moto.core.exceptions import JsonRESTError  # noqa: PLC0415 - it takes a second

    from tests.lab.aws_calls import Ses  # noqa: PLC0415

    del aws
    errors: list[str] = []
    answer = Ses.get_email_identity

    def get_email_identity(self: Ses) -> str:
        if errors:
            raise JsonRESTError(errors.pop(), "Not now.")
        return answer(self)

    monkeypatch.setattr(Ses, "get_email_identity", get_email_identity)
    monkeypatch.setattr(aws_service, "_PATIENCE", {"retries": 3, "delay": 0})
    return errors


def test_what_passes_by_itself_is_asked_again(run_module: Callable[..., Outcome], refusals: list[str]) -> None:
    refusals += ["ConcurrentModificationException", "ThrottlingException"]

    assert run_module(ses_domain.main, DOMAIN).changed
    assert refusals == []


def test_what_does_not_pass_fails_with_the_reason(run_module: Callable[..., Outcome], refusals: list[str]) -> None:
    refusals += ["ConcurrentModificationException"] * 9
    outcome = run_module(ses_domain.main, DOMAIN)

    assert outcome.message == (
        "Can't bring SES to what was asked for example.com: An error occurred (ConcurrentModificationException) when "
        "calling the GetEmailIdentity operation: Not now."
    )


def test_what_is_refused_for_good_is_asked_once(run_module: Callable[..., Outcome], refusals: list[str]) -> None:
    refusals += ["BadRequestException", "AccessDeniedException"]
    outcome = run_module(ses_domain.main, DOMAIN)

    assert "(AccessDeniedException)" in outcome.message
    assert refusals == ["BadRequestException"]


def test_the_region_and_the_endpoint_may_be_options(
    run_module: Callable[..., Outcome], aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    options: dict[str, Any] = {"region": "eu-west-1", "endpoint_url": aws.url}

    told = run_module(ses_domain.main, {**DOMAIN, **options}).result

    assert told["identity_arn"] == f"arn:aws:ses:eu-west-1:{ACCOUNT}:identity/example.com"


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (iam_oidc_provider.main, {"url": "https://example.com"}),
        (aws_budget.main, {"name": "x", "amount": 1, "tag_key": "a", "tag_value": "b", "emails": ["ann@example.com"]}),
    ],
    ids=["iam_oidc_provider", "aws_budget"],
)
def test_what_has_one_endpoint_needs_no_region(
    run_module: Callable[..., Outcome],
    aws: SimulatedAws,
    monkeypatch: pytest.MonkeyPatch,
    main: Callable[[], None],
    arguments: dict[str, Any],
) -> None:
    del aws
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)

    assert run_module(main, arguments).changed


def test_an_aws_out_of_reach_is_told(
    run_module: Callable[..., Outcome], aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    del aws
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    outcome = run_module(iam_oidc_provider.main, {"url": "https://example.com"})

    assert outcome.failed
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"' in outcome.message
